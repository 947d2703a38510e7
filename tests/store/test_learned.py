"""What was learned: whole or not at all, kept when another comes, undone to the byte."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from app.store.learned import MOST_BYTES, Busy, Learned, NotApplied


def test_before_anything_is_learned_there_is_nothing_to_read_or_to_undo(tmp_path: Path) -> None:
    learned = Learned(tmp_path)
    assert learned.read() is None
    assert learned.stamp() is None
    with pytest.raises(NotApplied, match="nothing to undo"):
        learned.undo()


def test_what_is_put_is_in_force_for_this_user_alone(tmp_path: Path) -> None:
    Learned(tmp_path).put("{}")
    assert Learned(tmp_path).read() == "{}"
    assert (tmp_path / "learned.json").stat().st_mode & 0o777 == 0o600


def test_each_change_has_another_stamp(tmp_path: Path) -> None:
    learned = Learned(tmp_path)
    learned.put("one")
    first = learned.stamp()
    assert first == learned.stamp()
    learned.put("two")
    assert learned.stamp() != first


def test_undo_brings_back_the_one_before_and_only_once(tmp_path: Path) -> None:
    learned = Learned(tmp_path)
    learned.put("one\n")
    learned.put("two")
    assert learned.undo()
    assert learned.read() == "one\n"
    with pytest.raises(NotApplied):
        learned.undo()


def test_undoing_the_first_leaves_nothing_learned(tmp_path: Path) -> None:
    learned = Learned(tmp_path)
    learned.put("one")
    assert not learned.undo()
    assert learned.read() is None


def test_a_broken_one_can_be_replaced_and_put_back_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "learned.json").write_bytes(b"\xff\xfe")
    learned = Learned(tmp_path)
    with pytest.raises(ValueError, match="utf-8"):
        learned.read()
    learned.put("new")
    learned.undo()
    assert (tmp_path / "learned.json").read_bytes() == b"\xff\xfe"


def test_what_is_far_too_long_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "learned.json").write_bytes(b" " * (MOST_BYTES + 1))
    with pytest.raises(ValueError, match="too long"):
        Learned(tmp_path).read()


def test_two_do_not_learn_at_once_and_a_dead_one_lets_go(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from app.store.learned import Learned\n"
        f"with Learned(Path({str(tmp_path)!r})).alone(): print('in', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=-1, stdout=-1) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"in\n"
        with pytest.raises(Busy), Learned(tmp_path).alone():
            pass
        other.kill()
    with Learned(tmp_path).alone():
        pass
