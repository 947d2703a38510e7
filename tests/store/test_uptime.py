"""What was counted of the uptime comes back, and a broken file stops nobody."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.store.uptime import WRITE_SECONDS, CameraTime, Hour, Uptime

HOURS = {
    498_660: Hour(ran=3600, heard=3590, cameras={"front": CameraTime(known=3590, armed=60, watched=50.5)})
}


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    Uptime(tmp_path).write(HOURS)
    assert Uptime(tmp_path).read() == HOURS


def test_where_nothing_was_written_nothing_is_known(tmp_path: Path) -> None:
    assert Uptime(tmp_path).read() == {}
    assert Uptime(tmp_path).as_of(5_000.0) == 5_000.0


@pytest.mark.parametrize("text", ["", "{", "[]", '{"noon": {}}', '{"1": {"ran": "long"}}'])
def test_a_broken_file_is_begun_anew(tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str) -> None:
    (tmp_path / "notifier").mkdir()
    (tmp_path / "notifier" / "uptime.json").write_text(text)
    assert Uptime(tmp_path).read() == {}
    assert "cannot be read" in caplog.text


def test_it_counts_until_the_last_writing_unless_nobody_writes_any_more(tmp_path: Path) -> None:
    uptime = Uptime(tmp_path)
    uptime.write(HOURS)
    os.utime(tmp_path / "notifier" / "uptime.json", (1_000_000.0, 1_000_000.0))
    assert uptime.as_of(1_000_000.0 + WRITE_SECONDS) == 1_000_000.0
    assert uptime.as_of(1_000_000.0 + 3 * WRITE_SECONDS) == 1_000_000.0 + 3 * WRITE_SECONDS
    assert uptime.as_of(999_999.0) == 999_999.0
