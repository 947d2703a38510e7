"""What is old goes, what is needed stays, and a wrong clock removes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.domain import Tag, new_event_id
from app.notifier.housekeeper import KEPT_ASIDE, STEADY_SECONDS, WELL_SECONDS, Housekeeper
from app.settings.schema import StorageSettings
from app.store.events import EventRecord, EventStore, KeepRecord, MessageRecord, TagRecord
from app.store.files import DiskFull
from app.store.outbox import Outbox
from app.store.samples import FrameFacts, SampleRecord, SampleStore

KEEP = KeepRecord(by="U1", at=1)
NOW, DAY = 1_800_000_000.0, 86_400.0


class Disk:
    """A data folder, a clock, and a disk on which each event takes 10 MB."""

    def __init__(self, root: Path, *, size: float = 1_000.0, **storage: Any) -> None:
        self.root, self.size, self.wall, self.monotonic = root, size, NOW, 50.0
        self.heard: list[str] = []
        self.events, self.outbox = EventStore(root / "events"), Outbox(root / "outbox")
        self.storage = StorageSettings(data=root, **storage)
        self.restart()

    def restart(self) -> None:
        self.keeper = Housekeeper(
            self.events,
            self.outbox,
            self.storage,
            self.root / "notifier" / "keep-days-told",
            removed=self.heard.append,
            monotonic=lambda: self.monotonic,
            wall=lambda: self.wall,
            free=lambda _folder: self.size - 10 * len(self.ids()),
        )

    def event(self, days_ago: float, *, ended: bool = True) -> str:
        started = NOW - days_ago * DAY
        id_ = new_event_id("front", started)
        end = started + 5 if ended else None
        self.events.save(EventRecord(id=id_, camera="front", started=started, ended=end, announced=True))
        self.events.save_picture(id_, b"jpeg")
        self.events.save_message(id_, MessageRecord(channel="C1", ts="1.0"))
        return id_

    def ids(self) -> list[str]:
        return list(self.events.all_ids())

    def pass_time(self, seconds: float) -> None:
        self.wall += seconds
        self.monotonic += seconds

    def look_after(self, seconds: float) -> None:
        self.pass_time(seconds)
        self.keeper.step()

    def posts(self) -> list[str]:
        return [item.payload["text"] for item in self.outbox.pending() if item.kind == "post"]


@pytest.fixture
def disk(tmp_path: Path) -> Disk:
    return Disk(tmp_path)


def test_events_older_than_keep_days_go_and_younger_ones_stay(disk: Disk) -> None:
    old, young = [disk.event(days) for days in (400, 31, 30.1)], [disk.event(days) for days in (29.9, 1)]
    disk.look_after(STEADY_SECONDS)
    assert disk.ids() == sorted(young)
    assert not any(disk.events.message_of(id_) for id_ in old)


def test_people_are_told_when_the_first_events_are_too_old_and_not_again(disk: Disk) -> None:
    for days in (400, 31):
        disk.event(days)
    disk.look_after(STEADY_SECONDS)
    [post] = disk.posts()
    assert "older than 30 days" in post
    assert "the first 2 were just now" in post
    for item in disk.outbox.pending():
        disk.outbox.done(item)
    disk.event(31)
    disk.look_after(STEADY_SECONDS)
    disk.restart()
    disk.event(31)
    disk.look_after(STEADY_SECONDS)
    assert disk.ids() == []
    assert disk.posts() == []


def test_people_are_told_again_when_events_are_kept_for_another_time(disk: Disk) -> None:
    disk.event(400)
    disk.look_after(STEADY_SECONDS)
    disk.storage = StorageSettings(data=disk.root, keep_days=7)
    disk.restart()
    disk.event(8)
    disk.look_after(STEADY_SECONDS)
    [post] = disk.posts()
    assert "older than 7 days" in post


def test_while_nothing_is_too_old_nothing_is_said(disk: Disk) -> None:
    disk.event(1)
    disk.look_after(STEADY_SECONDS)
    assert disk.posts() == []


def test_the_folder_of_a_day_goes_with_its_last_event(disk: Disk) -> None:
    disk.event(40)
    disk.event(1)
    disk.look_after(STEADY_SECONDS)
    assert len(list((disk.root / "events").iterdir())) == 1


def test_zero_days_means_for_ever(tmp_path: Path) -> None:
    disk = Disk(tmp_path, keep_days=0)
    old = disk.event(4_000)
    disk.look_after(STEADY_SECONDS)
    assert disk.ids() == [old]


def test_nothing_is_old_in_the_first_hour(disk: Disk) -> None:
    old = disk.event(400)
    disk.look_after(STEADY_SECONDS - 1)
    assert disk.ids() == [old]


def test_a_clock_that_jumps_removes_nothing_until_it_has_been_steady(disk: Disk) -> None:
    young = disk.event(1)
    disk.pass_time(STEADY_SECONDS - 10)
    disk.wall += 400 * DAY  # some server told a wrong time
    disk.look_after(60)
    disk.wall -= 400 * DAY  # and another the right one
    disk.look_after(STEADY_SECONDS - 10)
    assert disk.ids() == [young]
    disk.look_after(40 * DAY)
    assert disk.ids() == []


def test_an_event_that_still_waits_for_slack_stays(disk: Disk) -> None:
    waiting = disk.event(60)
    disk.outbox.put("alert", {"event": {"id": waiting}, "training": True}, lane="alerts")
    disk.look_after(STEADY_SECONDS)
    assert disk.ids() == [waiting]


def test_what_a_power_cut_left_without_an_end_goes_too(disk: Disk) -> None:
    disk.event(60, ended=False)
    disk.look_after(STEADY_SECONDS)
    assert disk.ids() == []


def test_a_late_tag_on_an_event_that_is_gone_leaves_nothing_for_ever(disk: Disk) -> None:
    old = disk.event(60)
    disk.look_after(STEADY_SECONDS)
    disk.events.save_message(old, MessageRecord(channel="C1", ts="1.0"))  # it was just being written
    disk.look_after(STEADY_SECONDS)
    assert disk.ids() == []


def test_what_somebody_wants_kept_stays_however_old_it_is(disk: Disk) -> None:
    kept, let_go = disk.event(400), disk.event(300)
    for event_id in (kept, let_go):
        disk.events.keep(event_id, KEEP)
    disk.events.keep(let_go, None)
    disk.look_after(STEADY_SECONDS)
    assert disk.ids() == [kept]
    assert disk.heard == [let_go]


def test_on_a_full_disk_what_is_kept_stays_and_younger_ones_go(tmp_path: Path) -> None:
    disk = Disk(tmp_path, size=240, min_free_mb=200)
    events = [disk.event(days) for days in (9, 8, 7, 6, 5, 4)]
    disk.events.keep(events[0], KEEP)
    disk.look_after(30)
    assert disk.ids() == [events[0], *events[3:]]
    assert disk.heard == events[1:3]


def test_a_full_disk_with_nothing_but_kept_events_is_told_once(tmp_path: Path) -> None:
    disk = Disk(tmp_path, size=0, min_free_mb=200)
    kept = [disk.event(days) for days in (9, 8)]
    for event_id in kept:
        disk.events.keep(event_id, KEEP)
    disk.look_after(30)
    disk.look_after(30)
    assert disk.ids() == kept
    [post] = disk.posts()
    assert "The 2 events on it are kept for good" in post


def test_a_file_system_that_counts_its_room_late_does_not_cost_every_event(tmp_path: Path) -> None:
    """btrfs gives back some seconds later what was removed now."""
    disk = Disk(tmp_path, min_free_mb=10)
    disk.keeper._free = lambda _: 9.5
    events = [disk.event(days) for days in (9, 8, 7, 6)]
    for event_id in events:
        disk.events.save_picture(event_id, b"x" * 300_000)
    disk.look_after(30)
    assert disk.ids() == events[2:]


def test_the_clip_goes_with_its_event(tmp_path: Path) -> None:
    disk = Disk(tmp_path, size=240, min_free_mb=200)
    events = [disk.event(days) for days in (9, 8, 7, 6, 5)]
    disk.events.clip_place(events[0]).write_bytes(b"clip")
    disk.look_after(30)
    assert disk.ids() == events[1:]
    assert not list((disk.root / "events").rglob("clip.mp4"))


def test_the_tagged_sample_of_an_event_is_not_touched(disk: Disk) -> None:
    old = disk.event(60)
    disk.events.tag(old, TagRecord(tag=Tag.OCCUPIED, by="U1", at=NOW))
    samples = SampleStore(disk.root / "samples", max_mb=1)
    facts: dict[str, Any] = {"motion_vote": True, "person_model": None, "min_score": None, "settings": {}}
    frames = [FrameFacts(time=1, moving=True, area_percent=1)]
    record = SampleRecord(
        id=old, camera="front", taken=1, reason="alert", width=1, height=1, frames=frames, **facts
    )
    samples.save(record, [b"jpeg"])
    samples.tag(old, TagRecord(tag=Tag.OCCUPIED, by="U1", at=NOW))
    disk.look_after(STEADY_SECONDS)
    assert disk.ids() == []
    [kept] = samples.all()
    assert kept.tag is not None


def test_on_a_full_disk_the_oldest_go_at_once_until_there_is_room(tmp_path: Path) -> None:
    disk = Disk(tmp_path, size=240, min_free_mb=200)
    events = [disk.event(days) for days in (9, 8, 7, 6, 5, 4)]
    disk.look_after(30)
    assert disk.ids() == events[2:]


def test_a_full_disk_is_told_once_and_again_after_it_was_well(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    disk = Disk(tmp_path, size=210, min_free_mb=200)
    for days in (9, 8, 7):
        disk.event(days)
    disk.look_after(30)
    [post] = disk.posts()
    assert "the 2 oldest events were removed" in post
    for _ in range(3):
        disk.look_after(30)  # there is room again
        disk.event(1)
        disk.look_after(WELL_SECONDS / 2)
    assert len(disk.ids()) == 1
    assert len(disk.posts()) == 1
    assert sum("below min_free_mb" in message for message in caplog.messages) == 1
    disk.size = 1_000
    disk.look_after(WELL_SECONDS)
    disk.size = 200
    disk.look_after(30)
    assert sum("below min_free_mb" in message for message in caplog.messages) == 2


def test_the_running_event_stays_however_full_the_disk_is(tmp_path: Path) -> None:
    disk = Disk(tmp_path, size=0, min_free_mb=200)
    disk.event(0.01)
    running = disk.event(0.005, ended=False)
    disk.look_after(30)
    assert disk.ids() == [running]


def test_a_full_disk_without_events_is_nothing_to_tell_of_here(tmp_path: Path) -> None:
    disk = Disk(tmp_path, size=0, min_free_mb=200)
    disk.look_after(30)
    assert disk.posts() == []


def test_a_notice_that_finds_no_room_does_not_stop_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise DiskFull("no space left")

    disk = Disk(tmp_path, size=0, min_free_mb=200)
    disk.event(1)
    monkeypatch.setattr(disk.outbox, "put", full)
    disk.look_after(30)
    assert disk.ids() == []


def test_an_event_that_cannot_be_removed_holds_up_no_other(
    disk: Disk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    stuck, remove = disk.event(60), disk.events.remove
    disk.event(50)

    def refuse(event_id: str) -> None:
        if event_id == stuck:
            raise PermissionError("not permitted")
        remove(event_id)

    monkeypatch.setattr(disk.events, "remove", refuse)
    disk.look_after(STEADY_SECONDS)
    assert disk.ids() == [stuck]
    assert "not permitted" in caplog.text


def test_a_folder_named_like_an_event_of_no_real_day_is_left_alone(disk: Disk) -> None:
    odd = "20269999T999999-front-00000000"
    (disk.root / "events" / "2026-99-99" / odd).mkdir(parents=True)
    disk.event(60)
    disk.look_after(STEADY_SECONDS)
    assert disk.ids() == [odd]


def test_of_what_was_set_aside_the_newest_stay(disk: Disk) -> None:
    for number in range(KEPT_ASIDE + 5):
        name = disk.root / "outbox" / "set-aside" / f"{number:020d}-aaaaaaaa"
        name.with_suffix(".json").write_text("{}")
        name.with_suffix(".jpg").write_bytes(b"jpeg")
    disk.look_after(STEADY_SECONDS)
    left = sorted(path.stem for path in (disk.root / "outbox" / "set-aside").glob("*.json"))
    assert len(left) == KEPT_ASIDE == len(list((disk.root / "outbox" / "set-aside").glob("*.jpg")))
    assert left[0].startswith(f"{5:020d}")
