"""Samples: finished or not there, bounded on disk, and a tag may come before its sample."""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from app.domain import Tag, new_event_id
from app.store import samples as samples_module
from app.store.events import TagRecord
from app.store.files import DiskFull
from app.store.samples import FrameFacts, SampleRecord, SampleStore
from app.store.tagged import TaggedSample, TaggedSamples

TAG = TagRecord(tag=Tag.UNOCCUPIED, by="U1", at=2)


def record(at: float, frames: int = 3) -> SampleRecord:
    return SampleRecord(
        id=new_event_id("front", at),
        camera="front",
        taken=at,
        reason="quiet",
        width=640,
        height=480,
        motion_vote=False,
        person_model=None,
        min_score=None,
        frames=[FrameFacts(time=at + index, moving=False, area_percent=0) for index in range(frames)],
        settings={"motion": {}},
    )


def save(store: SampleStore, at: float, size: int = 1000) -> str:
    """A sample of three pictures, together a little over 3 × `size` bytes."""
    sample = record(at)
    store.save(sample, [bytes([65 + index]) * size for index in range(3)])
    return sample.id


def ids(store: SampleStore) -> list[str]:
    return [sample.record.id for sample in store.all()]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def store(tmp_path: Path) -> SampleStore:
    return SampleStore(tmp_path / "samples", max_mb=1)


def test_a_sample_comes_back_with_one_picture_a_frame_in_order(store: SampleStore) -> None:
    sample = record(10, frames=120)
    store.save(sample, [str(index).encode() for index in range(120)])

    (found,) = store.all()

    assert found.record == sample
    assert found.tag is None
    assert [path.read_bytes() for path in found.pictures] == [str(index).encode() for index in range(120)]


def test_samples_are_images_and_json_and_nothing_else(store: SampleStore, tmp_path: Path) -> None:
    store.tag(save(store, 10), TAG)

    kinds = {path.suffix for path in (tmp_path / "samples").rglob("*") if path.is_file()}
    assert kinds == {".jpg", ".json"}


def test_samples_come_oldest_first(store: SampleStore) -> None:
    expected = sorted([save(store, 30), save(store, 10), save(store, 20)])

    assert ids(store) == expected


def test_a_tag_may_come_before_and_after_its_sample(store: SampleStore) -> None:
    sample = record(10)
    store.tag(sample.id, TAG)
    assert list(store.all()) == []  # unfinished

    store.save(sample, [b"x"] * 3)
    store.tag(save(store, 20), TAG)

    assert [found.tag for found in store.all()] == [TAG, TAG]


@pytest.mark.parametrize("pictures", [0, 2, 4])
def test_a_sample_with_too_few_or_too_many_pictures_is_refused(
    store: SampleStore, tmp_path: Path, pictures: int
) -> None:
    with pytest.raises(ValueError, match="one picture a frame"):
        store.save(record(10), [b"x"] * pictures)
    assert not (tmp_path / "samples").exists()


def test_a_store_without_a_folder_is_empty(store: SampleStore) -> None:
    assert list(store.all()) == []
    assert store.make_room() == 0


def test_what_cannot_be_read_is_reported_and_left_out(
    store: SampleStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broken = [save(store, at) for at in (10, 20, 30, 40)]
    well = save(store, 50)
    folder = tmp_path / "samples"
    (folder / broken[0] / "sample.json").write_bytes(b"{")
    (folder / broken[1] / "tag.json").write_bytes(b"[]")
    (folder / broken[2] / "001.jpg").unlink()
    (folder / broken[3] / "002.jpg").write_bytes(b"")  # as after a power cut

    with caplog.at_level(logging.ERROR):
        assert ids(store) == [well]
    for id_ in broken:
        assert f"the sample {id_} cannot be read" in caplog.text


@pytest.mark.parametrize(
    "damage",
    [
        {"taken": -1e12},
        {"taken": 1e20},
        {"width": 0},
        {"height": 10**12},
        {"min_score": 1e300},
        {"frames": []},
        {"id": new_event_id("front", 90)},
    ],
)
def test_a_sample_that_cannot_be_is_said_in_one_line_and_left_out(
    store: SampleStore, tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: dict[str, object]
) -> None:
    """Each of these would otherwise stop whoever goes through the tags, for one sample of hundreds."""
    broken, well = save(store, 10), save(store, 50)
    path = tmp_path / "samples" / broken / "sample.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | damage))

    with caplog.at_level(logging.ERROR):
        assert ids(store) == [well]
    (line,) = [one.getMessage() for one in caplog.records]
    assert line.startswith(f"the sample {broken} cannot be read: ")
    assert "\n" not in line


@pytest.mark.parametrize("damage", [{"time": -5}, {"person_score": 1.5}, {"boxes": [[0, 0, 10**15, 1]]}])
def test_so_is_one_with_a_frame_that_cannot_be(
    store: SampleStore, tmp_path: Path, damage: dict[str, object]
) -> None:
    broken, well = save(store, 10), save(store, 50)
    path = tmp_path / "samples" / broken / "sample.json"
    told = json.loads(path.read_text())
    told["frames"][1] |= damage
    path.write_text(json.dumps(told))
    assert ids(store) == [well]


def test_what_is_no_sample_is_left_alone(store: SampleStore, tmp_path: Path) -> None:
    save(store, 10)
    (tmp_path / "samples" / "notes").mkdir()
    (tmp_path / "samples" / "20261120T140301-front-9f3a0c1e").write_text("a file, no folder")
    SampleStore(tmp_path / "samples", max_mb=0.0001).make_room()

    assert names(tmp_path / "samples") == ["20261120T140301-front-9f3a0c1e", "notes"]


@pytest.mark.parametrize("fails_at", ["001.jpg", "sample.json"])
def test_a_full_disk_leaves_no_half_a_sample_and_keeps_its_tag(
    store: SampleStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails_at: str
) -> None:
    sample = record(10)
    store.tag(sample.id, TAG)
    write_whole = samples_module.write_whole

    def full(path: Path, data: bytes, *, durable: bool = True) -> None:
        if path.name == fails_at:
            raise DiskFull("no space left")
        write_whole(path, data, durable=durable)

    monkeypatch.setattr(samples_module, "write_whole", full)
    with pytest.raises(DiskFull):
        store.save(sample, [b"x"] * 3)

    assert names(tmp_path / "samples" / sample.id) == ["tag.json"]


# The bound


def test_the_oldest_untagged_samples_go_when_there_are_too_many(store: SampleStore, tmp_path: Path) -> None:
    tagged = save(store, 10, size=100_000)
    store.tag(tagged, TAG)
    oldest = save(store, 20, size=100_000)
    kept = save(store, 30, size=100_000)
    newest = save(store, 40, size=100_000)  # 1.2 MB are one too many

    assert ids(store) == [tagged, kept, newest]
    assert not (tmp_path / "samples" / oldest).exists()


def test_tagged_samples_go_when_nothing_else_is_left(store: SampleStore) -> None:
    for at in (10, 20, 30):
        store.tag(save(store, at, size=100_000), TAG)

    SampleStore(store._root, max_mb=0.4).make_room()

    assert len(ids(store)) == 1


def test_the_bound_holds_with_several_processes_saving(tmp_path: Path) -> None:
    one, other = (SampleStore(tmp_path, max_mb=1) for _ in range(2))
    for at in range(0, 100, 10):
        save(one, at, size=50_000)
        save(other, at + 5, size=50_000)

    total = sum(path.stat().st_size for path in tmp_path.rglob("*.jpg"))
    assert 500_000 < total <= 1_000_000


def test_a_save_looks_only_into_samples_it_does_not_know(
    store: SampleStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for at in (10, 20, 30):
        save(store, at)
    looked_into: list[str] = []
    bytes_in = samples_module._bytes_in

    def noting(folder: Path) -> int:
        looked_into.append(folder.name)
        return bytes_in(folder)

    monkeypatch.setattr(samples_module, "_bytes_in", noting)
    newest = save(store, 40)

    assert looked_into == [newest]


def test_an_unfinished_sample_is_measured_anew_each_time(store: SampleStore, tmp_path: Path) -> None:
    unfinished = new_event_id("back", 5)
    (tmp_path / "samples" / unfinished).mkdir(parents=True)
    save(store, 10)
    (tmp_path / "samples" / unfinished / "000.jpg").write_bytes(bytes(2_000_000))

    save(store, 20)

    assert not (tmp_path / "samples" / unfinished).exists()
    assert len(ids(store)) == 2


def test_a_sample_is_removed_tagged_or_not_and_its_neighbours_stay(
    store: SampleStore, tmp_path: Path
) -> None:
    stays, plain, tagged = (save(store, at) for at in (1000.0, 2000.0, 3000.0))
    store.tag(tagged, TAG)
    for sample_id in (plain, tagged, new_event_id("front", 4000.0)):
        store.remove(sample_id)
    assert ids(store) == [stays]
    assert names(tmp_path / "samples") == [stays]


def test_what_is_no_id_removes_nothing(store: SampleStore, tmp_path: Path) -> None:
    (tmp_path.parent / "precious").mkdir(exist_ok=True)
    with pytest.raises(ValueError, match="id"):
        store.remove("../precious")
    assert (tmp_path.parent / "precious").exists()


def test_a_sample_that_the_uploader_takes_meanwhile_leaves_no_picture_behind(tmp_path: Path) -> None:
    """Both remove the same files at once; whichever is first, all of them go and neither is disturbed."""
    store, waiting = SampleStore(tmp_path, max_mb=10), TaggedSamples(tmp_path)
    for at in range(40):
        sample_id = save(store, 1000.0 + at)
        store.tag(sample_id, TAG)
        (sample,) = waiting.waiting()
        start = threading.Barrier(2)

        def upload(sample: TaggedSample = sample, start: threading.Barrier = start) -> None:
            start.wait()
            with suppress(FileNotFoundError):  # as the uploader takes it: somebody made room
                waiting.remove(sample)

        uploader = threading.Thread(target=upload)
        uploader.start()
        start.wait()
        store.remove(sample_id)
        uploader.join()
        assert list(tmp_path.glob("*/*.jpg")) == []
        assert list(waiting.waiting()) == []


def test_a_tag_whose_sample_is_gone_is_swept_after_a_while_and_nothing_else_is(
    store: SampleStore, tmp_path: Path
) -> None:
    gone, fresh = (new_event_id("front", at) for at in (10, 11))
    tagged = save(store, 12)
    for sample_id in (gone, fresh, tagged):
        store.tag(sample_id, TAG)
    long_ago = time.time() - samples_module.LONE_TAG_SECONDS - 1
    for sample_id in (gone, tagged):
        os.utime(tmp_path / "samples" / sample_id / "tag.json", (long_ago, long_ago))

    SampleStore(tmp_path / "samples", max_mb=1).make_room()

    assert names(tmp_path / "samples") == sorted([fresh, tagged])
    assert ids(store) == [tagged]


def test_a_lone_tag_that_the_uploader_takes_meanwhile_is_no_trouble(
    store: SampleStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.tag(new_event_id("front", 10), TAG)
    folders = store._folders()
    (folders[0] / "tag.json").unlink()
    folders[0].rmdir()
    monkeypatch.setattr(store, "_folders", lambda: folders)
    store._sweep_lone_tags()
    assert not folders[0].exists()
