"""Events, last pictures and last orders: what is kept comes back, and no id from outside becomes a path."""

from __future__ import annotations

import logging
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import CAMERA_NAME, EVENT_ID, Tag, new_event_id
from app.store import orders as orders_module
from app.store.events import EventRecord, EventStore, KeepRecord, MessageRecord, TagRecord
from app.store.files import LEFTOVER_SECONDS, DiskFull
from app.store.orders import LastOrders
from app.store.pictures import LastPictures
from app.store.samples import SampleStore

ID = "20261120T140301-front-9f3a0c1e"
TAG = TagRecord(tag=Tag.OCCUPIED, by="U1", at=2)
KEEP = KeepRecord(by="U1", at=3)
MESSAGE = MessageRecord(channel="C1", ts="1.2", file_id="F1")
EVENT = EventRecord(id=ID, camera="front", started=1, boxes=((1, 2, 3, 4),), person_score=0.9)

PATHS = st.one_of(
    st.text(),
    st.sampled_from(
        ["", ".", "..", "../..", "/etc/passwd", "a/../b", "\0", f"{ID}/..", f"../{ID}", f"{ID}\n"]
    ),
    st.from_regex(EVENT_ID).map(lambda id_: f"{id_}/../.."),
)
"""Whatever a request might carry, most of it no id at all."""


@pytest.fixture
def events(tmp_path: Path) -> EventStore:
    return EventStore(tmp_path / "events")


# Events


def test_everything_about_an_event_comes_back_after_a_restart(events: EventStore, tmp_path: Path) -> None:
    events.save(EVENT)
    events.save_picture(ID, b"jpeg")
    events.save_message(ID, MESSAGE)
    assert events.tag(ID, TAG)

    again = EventStore(tmp_path / "events")

    assert (again.get(ID), again.tag_of(ID), again.message_of(ID)) == (EVENT, TAG, MESSAGE)
    assert (tmp_path / "events" / "2026-11-20" / ID / "alert.jpg").read_bytes() == b"jpeg"


def test_an_event_is_renewed_as_it_goes_on(events: EventStore) -> None:
    events.save(EVENT)
    events.save(EVENT.model_copy(update={"ended": 9.0, "end_reason": "quiet"}))

    event = events.get(ID)
    assert event is not None
    assert event.ended == 9.0


def test_what_nobody_wrote_is_none(events: EventStore) -> None:
    assert events.get(ID) is None
    assert events.tag_of(ID) is None
    assert events.message_of(ID) is None
    assert list(events.all_ids()) == []


def test_a_tag_for_an_event_that_does_not_exist_changes_nothing(events: EventStore, tmp_path: Path) -> None:
    assert events.tag(ID, TAG) is False
    assert not (tmp_path / "events").exists()


def test_a_message_may_be_remembered_even_if_the_event_could_not_be_written(events: EventStore) -> None:
    events.save_message(ID, MESSAGE)

    assert events.message_of(ID) == MESSAGE


def test_all_events_are_listed_oldest_first_and_nothing_else(events: EventStore, tmp_path: Path) -> None:
    ids = [new_event_id(camera, at) for at, camera in ((1e9, "b"), (1.1e9, "a"), (1.2e9, "c"))]
    for id_ in reversed(ids):
        events.save(EVENT.model_copy(update={"id": id_}))
    (tmp_path / "events" / "2026-11-20").write_text("a file in the way")
    (tmp_path / "events" / "lost+found").mkdir()
    (tmp_path / "events" / "2001-09-09" / "notes").mkdir()

    assert list(events.all_ids()) == ids


def test_a_removed_event_is_gone_and_what_a_crash_leaves_of_one_is_listed_again(
    events: EventStore, tmp_path: Path
) -> None:
    events.save(EVENT)
    events.save_picture(ID, b"jpeg")
    (tmp_path / "events" / "2026-11-20" / ID / "event.json").unlink()
    assert list(events.all_ids()) == [ID]
    events.remove(ID)
    assert list(events.all_ids()) == []
    assert events.get(ID) is None


def test_nothing_but_an_event_can_be_removed(events: EventStore) -> None:
    with pytest.raises(ValueError, match="not an event"):
        events.remove("../samples")


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b"[" * 100_000])
def test_a_record_that_cannot_be_read_is_reported_and_counts_as_none(
    events: EventStore, tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    events.save(EVENT)
    (tmp_path / "events" / "2026-11-20" / ID / "event.json").write_bytes(content)

    with caplog.at_level(logging.ERROR):
        assert events.get(ID) is None
    assert f"event.json of event {ID} cannot be read" in caplog.text


def test_an_event_of_a_newer_pycam_can_be_read(events: EventStore, tmp_path: Path) -> None:
    events.save(EVENT)
    path = tmp_path / "events" / "2026-11-20" / ID / "event.json"
    path.write_text(path.read_text().replace("{", '{"colour": "red",', 1))

    assert events.get(ID) == EVENT


def test_events_are_for_this_user_alone(events: EventStore, tmp_path: Path) -> None:
    events.save(EVENT)

    for folder in ("events", "events/2026-11-20", f"events/2026-11-20/{ID}"):
        assert stat.S_IMODE((tmp_path / folder).stat().st_mode) == 0o700


# Kept for good


def test_an_event_is_kept_until_somebody_says_otherwise(events: EventStore, tmp_path: Path) -> None:
    events.save(EVENT)
    assert (events.kept(ID), events.is_kept(ID)) == (None, False)
    assert events.keep(ID, KEEP)
    again = EventStore(tmp_path / "events")
    assert (again.kept(ID), again.is_kept(ID)) == (KEEP, True)
    assert events.keep(ID, None)
    assert (events.kept(ID), events.is_kept(ID)) == (None, False)
    assert events.keep(ID, None)


def test_an_event_that_does_not_exist_cannot_be_kept(events: EventStore, tmp_path: Path) -> None:
    assert events.keep(ID, KEEP) is False
    assert events.keep(ID, None) is False
    assert not (tmp_path / "events").exists()


def test_a_keep_that_cannot_be_read_keeps_all_the_same(events: EventStore, tmp_path: Path) -> None:
    events.save(EVENT)
    (tmp_path / "events" / "2026-11-20" / ID / "keep.json").write_bytes(b"")
    assert events.kept(ID) is None
    assert events.is_kept(ID)


def test_what_a_removal_left_is_not_kept_by_a_keep_that_came_too_late(
    events: EventStore, tmp_path: Path
) -> None:
    events.save(EVENT)
    events.keep(ID, KEEP)
    (tmp_path / "events" / "2026-11-20" / ID / "event.json").unlink()
    assert not events.is_kept(ID)


# Files


def test_pictures_and_clips_are_given_out_and_nothing_else(events: EventStore, tmp_path: Path) -> None:
    events.save(EVENT)
    events.save_picture(ID, b"jpeg")
    found = events.file(ID, "alert.jpg")
    assert found is not None
    assert found.read_bytes() == b"jpeg"
    assert events.file(ID, "clip.mp4") is None
    for name in ("event.json", "../alert.jpg", "", "."):
        assert events.file(ID, name) is None


def test_a_link_out_of_the_store_is_no_file_of_an_event(events: EventStore, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "alert.jpg").write_bytes(b"secret")
    events.save(EVENT)
    folder = tmp_path / "events" / "2026-11-20" / ID
    (folder / "alert.jpg").symlink_to(outside / "alert.jpg")
    (folder / "clip.mp4").symlink_to(folder / "clip.mp4")
    assert events.file(ID, "alert.jpg") is None
    assert events.file(ID, "clip.mp4") is None
    linked = "20261120T140302-front-9f3a0c1e"
    (tmp_path / "events" / "2026-11-20" / linked).symlink_to(outside)
    assert events.file(linked, "alert.jpg") is None
    events.remove(linked)
    assert (outside / "alert.jpg").exists()
    assert list(events.all_ids()) == [ID]


def test_a_data_folder_that_is_itself_a_link_works(tmp_path: Path) -> None:
    (tmp_path / "big-disk").mkdir()
    (tmp_path / "events").symlink_to(tmp_path / "big-disk")
    events = EventStore(tmp_path / "events")
    events.save(EVENT)
    events.save_picture(ID, b"jpeg")
    assert events.file(ID, "alert.jpg") is not None


def test_a_folder_in_the_place_of_a_picture_is_no_file(events: EventStore, tmp_path: Path) -> None:
    events.save(EVENT)
    (tmp_path / "events" / "2026-11-20" / ID / "alert.jpg").mkdir()
    assert events.file(ID, "alert.jpg") is None


def test_a_removal_says_what_it_freed_and_bears_company(events: EventStore) -> None:
    events.save(EVENT)
    events.save_picture(ID, b"x" * 100_000)
    assert events.remove(ID) >= 100_000
    assert events.remove(ID) == 0


# Ids from outside


@given(PATHS.filter(lambda text: not EVENT_ID.fullmatch(text)))
def test_what_is_no_event_id_is_never_a_path(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    root = tmp_path_factory.mktemp("data")
    events, samples = EventStore(root / "events"), SampleStore(root / "samples", max_mb=1)

    assert events.get(text) is None
    assert events.tag_of(text) is None
    assert events.message_of(text) is None
    assert events.tag(text, TAG) is False
    assert events.keep(text, KEEP) is False
    assert events.kept(text) is None
    assert not events.is_kept(text)
    assert events.file(text, "alert.jpg") is None
    for write in (
        lambda: events.save(EVENT.model_copy(update={"id": text})),
        lambda: events.save_picture(text, b"x"),
        lambda: events.save_message(text, MESSAGE),
        lambda: samples.tag(text, TAG),
    ):
        with pytest.raises(ValueError, match="id"):
            write()
    assert list(root.rglob("*")) == []


@given(PATHS.filter(lambda text: not CAMERA_NAME.fullmatch(text)))
def test_what_is_no_camera_name_is_never_a_path(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    root = tmp_path_factory.mktemp("data")
    for use in (
        lambda: LastPictures(root).save(text, b"x"),
        lambda: LastPictures(root).get(text),
        lambda: LastOrders(root, text),
    ):
        with pytest.raises(ValueError, match="not a camera's name"):
            use()
    assert list(root.rglob("*")) == []


# The last picture


def test_the_last_picture_comes_back_with_its_time(tmp_path: Path) -> None:
    pictures = LastPictures(tmp_path / "cameras")
    assert pictures.get("front") is None

    pictures.save("front", b"old")
    pictures.save("front", b"new")
    os.utime(tmp_path / "cameras" / "front" / "last.jpg", (1000, 1000))

    assert pictures.get("front") == (b"new", 1000.0)
    assert pictures.get("back") is None


def test_a_picture_that_a_power_cut_emptied_is_none(tmp_path: Path) -> None:
    pictures = LastPictures(tmp_path)
    pictures.save("front", b"x")
    (tmp_path / "front" / "last.jpg").write_bytes(b"")

    assert pictures.get("front") is None


# The last orders


def test_the_last_orders_survive_a_restart(tmp_path: Path) -> None:
    LastOrders(tmp_path, "front").keep('{"armed": true}')

    assert LastOrders(tmp_path, "front").read() == '{"armed": true}'
    assert LastOrders(tmp_path, "back").read() is None


def test_orders_that_did_not_change_are_not_written_again(tmp_path: Path) -> None:
    orders = LastOrders(tmp_path, "front")
    orders.keep("a")
    before = (tmp_path / "front" / "orders.json").stat().st_ino

    orders.keep("a")
    assert (tmp_path / "front" / "orders.json").stat().st_ino == before  # os.replace would have changed it

    orders.keep("b")
    assert orders.read() == "b"


def test_orders_that_cannot_be_kept_are_reported_once_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    orders = LastOrders(tmp_path, "front")

    def full(path: Path, data: bytes) -> None:
        raise DiskFull("no space left")

    with caplog.at_level(logging.WARNING), monkeypatch.context() as patch:
        patch.setattr(orders_module, "write_whole", full)
        orders.keep("a")
        orders.keep("a")
    assert len(caplog.records) == 1

    orders.keep("a")
    assert LastOrders(tmp_path, "front").read() == "a"


def test_orders_that_are_no_text_are_reported_and_count_as_none(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    orders = LastOrders(tmp_path, "front")
    orders.keep("a")
    (tmp_path / "front" / "orders.json").write_bytes(b"\xff")

    with caplog.at_level(logging.ERROR):
        assert LastOrders(tmp_path, "front").read() is None
    assert "cannot be read" in caplog.text


def test_a_camera_that_starts_removes_what_a_crash_left(tmp_path: Path) -> None:
    LastOrders(tmp_path, "front").keep("a")
    leftover = tmp_path / "front" / ".last.jpg.aa.tmp"
    leftover.write_bytes(b"x")
    age = leftover.stat().st_mtime - LEFTOVER_SECONDS - 1
    os.utime(leftover, (age, age))

    LastOrders(tmp_path, "front")

    assert sorted(path.name for path in (tmp_path / "front").iterdir()) == ["orders.json"]
