"""What is kept for the next start."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.domain import Presence
from app.presence.memory import KnownPerson, Memory, Remembered

KNOWN = Remembered(
    presence=Presence.AWAY, since=5.0, said_unknown=True, people={"Robin": KnownPerson(home=False, since=4.0)}
)


def test_what_was_kept_is_read_again(tmp_path: Path) -> None:
    Memory(tmp_path / "presence" / "known.json").keep(KNOWN)

    assert Memory(tmp_path / "presence" / "known.json").read() == KNOWN


def test_the_file_is_written_only_when_something_changed(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "known.json")
    memory.keep(KNOWN)
    (tmp_path / "known.json").unlink()

    memory.keep(KNOWN)
    assert not (tmp_path / "known.json").exists()
    memory.keep(KNOWN.model_copy(update={"since": 6.0}))
    assert (tmp_path / "known.json").exists()


@pytest.mark.parametrize("text", ["", "{", '{"presence": "on the moon"}', '{"since": NaN}', "\x00"])
def test_a_file_that_cannot_be_read_is_a_first_start(tmp_path: Path, text: str) -> None:
    (tmp_path / "known.json").write_text(text)

    assert Memory(tmp_path / "known.json").read() == Remembered()


def test_a_disk_that_takes_nothing_stops_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "presence").write_text("a file where the folder should be")

    Memory(tmp_path / "presence" / "known.json").keep(KNOWN)
    assert "cannot be kept" in caplog.text
