"""What is in force is whole, and the way back leads to what was before, also where the disk is full."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.store import in_force as module
from app.store.files import DiskFull, write_whole
from app.store.in_force import InForce, NotApplied


@pytest.fixture
def it(tmp_path: Path) -> InForce:
    (tmp_path / "kept").mkdir()
    return InForce(tmp_path / "a.yml", tmp_path / "kept")


def full_for(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk takes everything but files of that name."""

    def write(path: Path, content: bytes) -> None:
        if path.name == name:
            raise DiskFull(path)
        write_whole(path, content)

    monkeypatch.setattr(module, "write_whole", write)


@pytest.mark.parametrize("name", ["next.yml", "previous.yml"])
def test_a_full_disk_leaves_what_is_in_force_and_the_way_back_as_they_were(
    it: InForce, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    it.put(b"one")
    it.put(b"two")
    with monkeypatch.context() as full:
        full_for(name, full)
        with pytest.raises(DiskFull):
            it.put(b"three")
    assert it.content() == b"two"
    assert sorted(path.name for path in it.folder.iterdir()) == ["previous.yml"]
    assert it.undo()
    assert it.content() == b"one"


def test_an_undo_on_a_full_disk_can_be_tried_again(it: InForce, monkeypatch: pytest.MonkeyPatch) -> None:
    it.put(b"one")
    it.put(b"two")
    with monkeypatch.context() as full:
        full_for("a.yml", full)
        with pytest.raises(DiskFull):
            it.undo()
    assert it.content() == b"two"
    assert it.undo()
    assert it.content() == b"one"


def test_what_is_refused_stays_undone_and_can_be_asked_again(it: InForce) -> None:
    def refuse(_content: bytes) -> None:
        raise NotApplied("no")

    it.put(b"one")
    it.put(b"two")
    with pytest.raises(NotApplied, match="no"):
        it.undo(refuse)
    assert it.content() == b"two"
    assert it.undo()
    with pytest.raises(NotApplied, match="nothing to undo"):
        it.undo()
