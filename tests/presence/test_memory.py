"""What is kept for the next start."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.domain import Presence
from app.presence.memory import RETRY_SECONDS, KnownPerson, Memory, Remembered

KNOWN = Remembered(
    presence=Presence.AWAY, since=5.0, said_unknown=True, people={"Robin": KnownPerson(home=False, since=4.0)}
)


def test_what_was_kept_is_read_again(tmp_path: Path) -> None:
    Memory(tmp_path / "presence" / "known.json").keep(KNOWN, 0)

    assert Memory(tmp_path / "presence" / "known.json").read() == KNOWN


def test_the_file_is_written_only_when_something_changed(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "known.json")
    memory.keep(KNOWN, 0)
    (tmp_path / "known.json").unlink()

    memory.keep(KNOWN, 0)
    assert not (tmp_path / "known.json").exists()
    memory.keep(KNOWN.model_copy(update={"since": 6.0}), 0)
    assert (tmp_path / "known.json").exists()


@pytest.mark.parametrize("text", ["", "{", '{"presence": "on the moon"}', '{"since": NaN}', "\x00"])
def test_a_file_that_cannot_be_read_is_a_first_start(tmp_path: Path, text: str) -> None:
    (tmp_path / "known.json").write_text(text)

    assert Memory(tmp_path / "known.json").read() == Remembered()


def test_a_disk_that_takes_nothing_stops_nothing_is_said_once_and_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "presence"
    folder.write_text("a file where the folder should be")
    memory = Memory(folder / "known.json")

    for step in range(100):
        memory.keep(KNOWN.model_copy(update={"since": float(step)}), step / 4)
    assert [record.getMessage()[:36] for record in caplog.records] == ["who is home cannot be kept on disk, "]
    folder.unlink()
    memory.keep(KNOWN, 24.9)
    assert not folder.exists()  # a full disk is left alone for a while
    memory.keep(KNOWN, 25 + RETRY_SECONDS)
    memory.keep(KNOWN, 100)
    assert Memory(folder / "known.json").read() == KNOWN
    assert [record.getMessage() for record in caplog.records[1:]] == ["who is home is kept on disk again"]
