"""Tagged samples leave the disk only as they were looked at; a later tag never leaves with an earlier one."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from app.domain import Tag
from app.store import tagged as tagged_module
from app.store.events import TagRecord
from app.store.samples import SampleStore
from app.store.tagged import TaggedSample, TaggedSamples
from tests.store.test_samples import save

FIRST = TagRecord(tag=Tag.UNOCCUPIED, by="U1", at=2)
SECOND = TagRecord(tag=Tag.OCCUPIED, by="U2", at=3)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "samples"


@pytest.fixture
def store(root: Path) -> SampleStore:
    return SampleStore(root, max_mb=1)


@pytest.fixture
def tagged(root: Path) -> TaggedSamples:
    return TaggedSamples(root)


def only(tagged: TaggedSamples) -> TaggedSample:
    (sample,) = tagged.waiting()
    return sample


def tags_left(tagged: TaggedSamples) -> list[str]:
    return [TagRecord.model_validate_json(sample.tag).by for sample in tagged.waiting()]


def test_only_tagged_samples_wait_and_the_oldest_first(store: SampleStore, tagged: TaggedSamples) -> None:
    assert list(tagged.waiting()) == []
    late, _untagged, early = save(store, 30), save(store, 20), save(store, 10)
    for sample_id in (late, early):
        store.tag(sample_id, FIRST)
    assert [sample.id for sample in tagged.waiting()] == [early, late]
    sample = next(tagged.waiting())
    assert sample.record is not None
    assert len(sample.pictures) == 3
    assert sample.size() == sum(p.stat().st_size for p in sample.record.parent.iterdir())


def test_a_tag_whose_sample_is_not_here_waits_alone(store: SampleStore, tagged: TaggedSamples) -> None:
    sample_id = save(store, 10)
    store.tag(sample_id, FIRST)
    tagged.remove(only(tagged))
    store.tag(sample_id, SECOND)
    sample = only(tagged)
    assert (sample.id, sample.record, sample.pictures) == (sample_id, None, ())


def test_a_removed_sample_leaves_nothing(store: SampleStore, tagged: TaggedSamples, root: Path) -> None:
    store.tag(save(store, 10), FIRST)
    tagged.remove(only(tagged))
    assert list(root.iterdir()) == []


def test_a_tag_given_while_its_sample_was_sent_stays(store: SampleStore, tagged: TaggedSamples) -> None:
    sample_id = save(store, 10)
    store.tag(sample_id, FIRST)
    sample = only(tagged)
    store.tag(sample_id, SECOND)
    tagged.remove(sample)
    assert tags_left(tagged) == ["U2"]
    assert list(store.all()) == []


@pytest.mark.parametrize("step", range(8))
def test_a_removal_cut_short_anywhere_shows_the_sample_or_its_tag_again(
    store: SampleStore, tagged: TaggedSamples, root: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    sample_id = save(store, 10)
    store.tag(sample_id, FIRST)
    sample = only(tagged)
    left = [step]

    class PowerCut(BaseException):
        pass

    def cut(original: object) -> object:
        def act(*arguments: object, **options: object) -> object:
            if left[0] == 0:
                raise PowerCut
            left[0] -= 1
            return original(*arguments, **options)  # type: ignore[operator]

        return act

    with monkeypatch.context() as patch:
        for name in ("unlink", "rename", "rmdir"):
            patch.setattr(Path, name, cut(getattr(Path, name)))
        with pytest.raises(PowerCut):
            tagged.remove(sample)
    # The last step is the folder's: the tag has gone already, and what is left is empty.
    assert tags_left(tagged) == (["U1"] if step < 7 else [])
    for rest in tagged.waiting():
        tagged.remove(rest)
    assert list(tagged.waiting()) == []


def test_a_newer_tag_survives_a_crash_in_the_middle_of_a_removal(
    store: SampleStore, tagged: TaggedSamples, root: Path
) -> None:
    sample_id = save(store, 10)
    store.tag(sample_id, FIRST)
    (root / sample_id / "tag.json").rename(root / sample_id / tagged_module.ASIDE)
    assert tags_left(tagged) == ["U1"]
    store.tag(sample_id, SECOND)
    assert tags_left(tagged) == ["U2"]
    tagged.remove(only(tagged))
    assert list(root.iterdir()) == []


def test_a_kept_copy_does_not_wait_until_its_tag_changes(store: SampleStore, tagged: TaggedSamples) -> None:
    sample_id = save(store, 10)
    store.tag(sample_id, FIRST)
    tagged.keep(only(tagged), at=5)
    assert list(tagged.waiting()) == []
    assert len(list(store.all())) == 1
    store.tag(sample_id, SECOND)
    assert tags_left(tagged) == ["U2"]


def test_kept_copies_make_room_first(root: Path, tagged: TaggedSamples) -> None:
    store = SampleStore(root, max_mb=0.02)
    kept, untagged = save(store, 20, size=3000), save(store, 10, size=3000)
    store.tag(kept, FIRST)
    tagged.keep(only(tagged), at=5)
    newest = save(store, 30, size=3000)
    assert [sample.record.id for sample in store.all()] == [untagged, newest]


def test_a_sample_that_made_room_meanwhile_is_no_error(
    store: SampleStore, tagged: TaggedSamples, root: Path
) -> None:
    store.tag(save(store, 10), FIRST)
    sample = only(tagged)
    for path in (root / sample.id).iterdir():
        path.unlink()
    (root / sample.id).rmdir()
    assert sample.size() == len(sample.tag)
    tagged.remove(sample)
    tagged.keep(sample, at=5)
    assert list(root.iterdir()) == []


@pytest.mark.parametrize(
    "damage",
    [("tag.json", b"{"), ("sample.json", b"[]"), ("000.jpg", b""), ("003.jpg", b"one too many")],
)
def test_a_damaged_sample_stays_where_it_is_and_is_said_once(
    store: SampleStore,
    tagged: TaggedSamples,
    root: Path,
    caplog: pytest.LogCaptureFixture,
    damage: tuple[str, bytes],
) -> None:
    damaged, whole = save(store, 10), save(store, 20)
    for sample_id in (damaged, whole):
        store.tag(sample_id, FIRST)
    name, content = damage
    (root / damaged / name).write_bytes(content)
    with caplog.at_level(logging.ERROR):
        assert only(tagged).id == whole
        assert only(tagged).id == whole
    assert [damaged in record.getMessage() for record in caplog.records] == [True]


def test_what_is_no_sample_is_left_alone(root: Path, tagged: TaggedSamples) -> None:
    (root / "lost+found").mkdir(parents=True)
    (root / "uploader.lock").touch()
    assert list(tagged.waiting()) == []
    assert len(list(root.iterdir())) == 2
