"""An export is whole, says what is in it and since when, and holds nothing that is not an event's."""

from __future__ import annotations

import hashlib
import io
import json
import os
import stat
import zipfile
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain import Tag
from app.store.events import EventRecord, EventStore, KeepRecord, MessageRecord, TagRecord
from app.store.export import About, ExportError, write_zip, zip_chunks

NOON = 1_795_176_000.0
FIRST, SECOND = "20261120T120000-front-9f3a0c1e", "20261120T120001-back-9f3a0c1e"
ABOUT = About(NOON + 3600, "0.1.0", ZoneInfo("Europe/Berlin"))
JPEG, CLIP = b"jpeg" * 10_000, os.urandom(700_000)


@pytest.fixture
def events(tmp_path: Path) -> EventStore:
    """Two events; the first has a clip and is tagged."""
    events = EventStore(tmp_path / "events")
    for event_id, camera, started in ((FIRST, "front", NOON), (SECOND, "back", NOON + 1.25)):
        events.save(
            EventRecord(id=event_id, camera=camera, started=started, ended=NOON + 9, person_score=0.9)
        )
        events.save_picture(event_id, JPEG)
    events.clip_place(FIRST).write_bytes(CLIP)
    events.tag(FIRST, TagRecord(tag=Tag.OCCUPIED, by="U1", at=NOON + 60))
    events.keep(FIRST, KeepRecord(by="U1", at=NOON))
    events.save_message(FIRST, MessageRecord(channel="C1", ts="1.0"))
    return events


def opened(data: bytes) -> zipfile.ZipFile:
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert archive.testzip() is None
    return archive


def manifest_of(archive: zipfile.ZipFile) -> Any:
    return json.loads(archive.read("manifest.json"))


def test_an_export_holds_the_evidence_as_it_lies_on_the_disk(events: EventStore, tmp_path: Path) -> None:
    archive = opened(b"".join(zip_chunks(events, [SECOND, FIRST], ABOUT)))
    assert archive.namelist() == [
        *(f"{FIRST}/{name}" for name in ("event.json", "tag.json", "alert.jpg", "clip.mp4")),
        *(f"{SECOND}/{name}" for name in ("event.json", "alert.jpg")),
        "manifest.json",
    ]
    for name in archive.namelist()[:-1]:
        assert archive.read(name) == (tmp_path / "events" / "2026-11-20" / name).read_bytes()


def test_the_manifest_tells_hashes_sizes_times_and_cameras(events: EventStore) -> None:
    archive = opened(b"".join(zip_chunks(events, [FIRST, SECOND], ABOUT)))
    manifest = manifest_of(archive)
    assert manifest["made_by"] == "pycam 0.1.0"
    assert manifest["made"] == {"utc": "2026-11-20T13:00:00.000Z", "local": "2026-11-20T14:00:00.000+01:00"}
    first, second = manifest["events"]
    assert first["tag"]["tag"] == "occupied"
    assert first["tag"]["at"]["utc"] == "2026-11-20T12:01:00.000Z"
    assert (second["id"], second["camera"], second["tag"]) == (SECOND, "back", None)
    assert second["started"] == {
        "utc": "2026-11-20T12:00:01.250Z",
        "local": "2026-11-20T13:00:01.250+01:00",
    }
    listed = [file for event in manifest["events"] for file in event["files"]]
    assert [file["name"] for file in listed] == archive.namelist()[:-1]
    for file in listed:
        data = archive.read(file["name"])
        assert (file["bytes"], file["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())


def test_the_same_events_give_the_same_zip_whatever_their_order(events: EventStore) -> None:
    assert b"".join(zip_chunks(events, [FIRST, SECOND], ABOUT)) == b"".join(
        zip_chunks(events, [SECOND, FIRST, SECOND], ABOUT)
    )


def test_it_is_written_as_it_is_read(events: EventStore) -> None:
    sizes = [len(chunk) for chunk in zip_chunks(events, [FIRST], ABOUT)]
    assert sum(sizes) > len(CLIP)
    assert max(sizes) < len(CLIP)


def test_an_event_that_changes_meanwhile_is_exported_as_it_was_when_its_turn_came(events: EventStore) -> None:
    chunks = zip_chunks(events, [FIRST], ABOUT)
    data = [next(chunks)]
    events.save(EventRecord(id=FIRST, camera="front", started=NOON, end_reason="something else"))
    events.save_picture(FIRST, b"another")
    events.remove(FIRST)
    archive = opened(b"".join([*data, *chunks]))
    assert archive.read(f"{FIRST}/clip.mp4") == CLIP
    assert archive.read(f"{FIRST}/alert.jpg") == JPEG
    [event] = manifest_of(archive)["events"]
    for file in event["files"]:
        assert file["sha256"] == hashlib.sha256(archive.read(file["name"])).hexdigest()


def test_a_clip_that_still_grows_is_cut_where_its_end_was(events: EventStore) -> None:
    chunks = zip_chunks(events, [FIRST], ABOUT)
    data = [next(chunks)]
    with events.clip_place(FIRST).open("ab") as file:
        file.write(b"more" * 1000)
    archive = opened(b"".join([*data, *chunks]))
    assert archive.read(f"{FIRST}/clip.mp4") == CLIP


def test_an_event_that_goes_before_its_turn_ends_the_export_and_leaves_no_file(
    events: EventStore, tmp_path: Path
) -> None:
    chunks = zip_chunks(events, [FIRST, SECOND], ABOUT)
    next(chunks)
    events.remove(SECOND)
    with pytest.raises(ExportError, match=f"{SECOND} was removed"):
        list(chunks)
    (tmp_path / "events" / "2026-11-20" / FIRST / "event.json").write_bytes(b"{")
    with pytest.raises(ExportError, match="no event"):
        write_zip(events, [FIRST], tmp_path / "x.zip", ABOUT)
    assert not (tmp_path / "x.zip").exists()


def test_a_file_is_whole_private_and_told_by_its_hash(events: EventStore, tmp_path: Path) -> None:
    done = write_zip(events, [FIRST, FIRST], tmp_path / "x.zip", ABOUT)
    data = (tmp_path / "x.zip").read_bytes()
    assert (done.events, done.bytes, done.sha256) == (1, len(data), hashlib.sha256(data).hexdigest())
    assert stat.S_IMODE((tmp_path / "x.zip").stat().st_mode) == 0o600
    assert manifest_of(opened(data))["events"][0]["id"] == FIRST
    assert sorted(path.name for path in tmp_path.iterdir()) == ["events", "x.zip"]


def test_nothing_is_overwritten(events: EventStore, tmp_path: Path) -> None:
    target = tmp_path / "x.zip"
    target.write_text("mine")
    with pytest.raises(FileExistsError):
        write_zip(events, [FIRST], target, ABOUT)
    assert target.read_text() == "mine"
    link = tmp_path / "link.zip"
    link.symlink_to(tmp_path / "not-there")
    with pytest.raises(FileExistsError):
        write_zip(events, [FIRST], link, ABOUT)
    assert not (tmp_path / "not-there").exists()


def test_a_disk_that_takes_no_more_leaves_nothing_half(
    events: EventStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_zip(events, [FIRST], tmp_path / "x.zip", ABOUT)
    assert [path.name for path in tmp_path.iterdir()] == ["events"]


@settings(max_examples=30)
@given(st.one_of(st.text(), st.sampled_from(["../../etc/passwd", "", ".", f"{FIRST}/../..", f"{FIRST}\n"])))
def test_what_is_no_event_cannot_be_exported(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    root = tmp_path_factory.mktemp("data")
    with pytest.raises(ExportError, match="no event"):
        write_zip(EventStore(root / "events"), [text], root / "x.zip", ABOUT)
    assert not list(root.iterdir())


@pytest.mark.parametrize("name", ["event.json", "tag.json", "alert.jpg", "clip.mp4"])
def test_no_link_is_followed_out_of_the_store(events: EventStore, tmp_path: Path, name: str) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "events" / "2026-11-20" / FIRST / name
    outside.write_bytes(inside.read_bytes())
    inside.unlink()
    inside.symlink_to(outside)
    with pytest.raises(ExportError, match="link"):
        list(zip_chunks(events, [FIRST], ABOUT))


def test_no_linked_folder_is_followed_out_of_the_store(events: EventStore, tmp_path: Path) -> None:
    day = tmp_path / "events" / "2026-11-20"
    (day / FIRST).rename(tmp_path / "outside")
    (day / FIRST).symlink_to(tmp_path / "outside")
    with pytest.raises(ExportError, match="link"):
        list(zip_chunks(events, [FIRST], ABOUT))
    day.rename(tmp_path / "day")
    day.symlink_to(tmp_path / "day")
    with pytest.raises(ExportError, match="link"):
        list(zip_chunks(events, [SECOND], ABOUT))


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo], ids=["folder", "pipe"])
def test_what_is_no_file_is_not_read(events: EventStore, tmp_path: Path, make: Any) -> None:
    place = tmp_path / "events" / "2026-11-20" / SECOND / "clip.mp4"
    make(place)
    with pytest.raises(ExportError, match="no file"):
        list(zip_chunks(events, [SECOND], ABOUT))


@pytest.mark.parametrize("started", [-1e12, 0.0, 1e18, float("inf"), float("nan")])
def test_a_time_that_no_clock_shows_is_no_hindrance(
    events: EventStore, tmp_path: Path, started: float
) -> None:
    path = tmp_path / "events" / "2026-11-20" / SECOND / "event.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"started": started}))
    archive = opened(b"".join(zip_chunks(events, [SECOND], ABOUT)))
    assert manifest_of(archive)["events"][0]["started"]["utc"].endswith("Z")
