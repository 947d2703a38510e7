"""Clips on the disk, whatever that does: full, slow, or cut off by a crash."""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.camera import clip_desk
from app.camera.clip_desk import TOO_SLOW, ClipDesk
from app.camera.clip_repair import CUT_OFF, facts_of, repaired, unfinished_name
from app.domain import new_event_id
from app.media.clips import ClipError, ClipWriter, finish
from app.media.coded import CodedPacket
from app.settings.schema import StorageSettings
from app.store.events import ClipFacts, EventRecord, EventStore
from tests.deadline import eventually
from tests.media.coding import coded, played, probed, tenths

START = 1_700_000_000.0
PACKETS = coded(tenths(20))


def an_event(camera: str = "front", ended: float | None = START + 8) -> EventRecord:
    return EventRecord(id=new_event_id(camera, START), camera=camera, started=START, ended=ended)


class House:
    def __init__(self, root: Path, **storage: Any) -> None:
        self.root, self.events = root, EventStore(root / "events")
        self.done: list[EventRecord] = []
        self.unfinished = root / "unfinished"
        self.storage = StorageSettings(data=root, **({"min_free_mb": 0} | storage))
        self.desk = self.new_desk()

    def new_desk(self, camera: str = "front") -> ClipDesk:
        return ClipDesk(camera, self.events, self.storage, self.take)

    def take(self, event: EventRecord, told: Callable[[], None]) -> None:
        """What the recorder does with a finished clip."""
        self.events.save(event)
        told()
        self.done.append(event)

    def record(self, event: EventRecord, packets: list[CodedPacket] = PACKETS, problem: str = "") -> None:
        self.desk.open(event.id, packets[:100], 9.5)
        for packet in packets[100:]:
            self.desk.add(event.id, packet)
        self.desk.finish(event, problem)

    def clip(self, event: EventRecord) -> Path:
        return self.events.clip_place(event.id)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.desk.close()


def test_a_finished_clip_lies_beside_its_event_and_the_record_says_what_it_is(house: House) -> None:
    house.desk.start()
    event = an_event()
    house.record(event)
    eventually(lambda: house.done, "the event is told")
    path = house.clip(event)
    assert house.done == [
        event.model_copy(
            update={
                "clip": ClipFacts(
                    seconds=20.0, pre_roll_seconds=9.5, bytes=path.stat().st_size, width=64, height=48
                )
            }
        )
    ]
    assert len(played(path).numbers) == 200
    assert sorted(each.name for each in path.parent.iterdir()) == ["clip.mp4", "event.json"]
    assert list(house.unfinished.iterdir()) == []
    assert house.desk.problem == ""


def test_what_is_missing_in_a_clip_is_in_the_record(house: House) -> None:
    house.desk.start()
    house.record(an_event(), problem="12 pictures are missing")
    eventually(lambda: house.done, "the event is told")
    assert house.done[0].clip is not None
    assert house.done[0].clip_problem == house.desk.problem == "12 pictures are missing"
    house.record(an_event())
    eventually(lambda: len(house.done) == 2, "the event is told")
    assert house.desk.problem == ""


def test_two_clips_at_once_do_not_mix(house: House) -> None:
    house.desk.start()
    one, two = an_event(), an_event()
    house.desk.open(one.id, PACKETS[:40], 1.0)
    house.desk.open(two.id, PACKETS[20:40], 1.0)
    for packet in PACKETS[40:60]:
        house.desk.add(one.id, packet)
        house.desk.add(two.id, packet)
    house.desk.finish(one, "")
    for packet in PACKETS[60:100]:
        house.desk.add(two.id, packet)
    house.desk.finish(two, "")
    eventually(lambda: len(house.done) == 2, "both are told")
    assert played(house.clip(one)).numbers == list(range(60))
    assert played(house.clip(two)).numbers == list(range(20, 100))


def test_an_event_without_any_packet_is_told_why(house: House) -> None:
    house.desk.start()
    house.desk.finish(an_event(), "no picture came")
    eventually(lambda: house.done, "the event is told")
    assert (house.done[0].clip, house.done[0].clip_problem) == (None, "no picture came")


@pytest.mark.parametrize(("free", "kept"), [(99.0, True), (51.0, True), (49.0, False)])
def test_clips_may_use_what_old_events_make_room_for_and_leave_the_rest_to_alerts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: float, kept: bool
) -> None:
    house = House(tmp_path, min_free_mb=100)
    monkeypatch.setattr(clip_desk, "free_mb", lambda _: free)
    house.desk.start()
    house.record(an_event())
    eventually(lambda: house.done, "the event is told")
    assert (house.done[0].clip is not None) == kept
    assert ("49 MB of disk are free" in house.done[0].clip_problem) == (not kept)
    house.desk.close()


def test_on_a_disk_that_is_nearly_full_no_clip_is_begun(tmp_path: Path) -> None:
    house = House(tmp_path, min_free_mb=1_000_000)
    house.desk.start()
    house.record(an_event())
    eventually(lambda: house.done, "the event is told")
    assert house.done[0].clip is None
    assert "MB of disk are free" in house.done[0].clip_problem
    assert "MB of disk are free" in house.desk.problem
    house.desk.close()
    assert not list(house.root.rglob("*.mp4"))


def test_a_disk_that_gets_nearly_full_ends_the_clip_and_what_was_written_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(tmp_path, min_free_mb=100)
    free = [1000.0, 1000.0, 30.0, 20.0]
    monkeypatch.setattr(clip_desk, "free_mb", lambda _: free.pop(0) if len(free) > 1 else free[0])
    house.desk.start()
    house.record(an_event())
    eventually(lambda: house.done, "the event is told")
    clip = house.done[0].clip
    assert clip is not None
    assert 0 < clip.seconds < 20
    assert house.done[0].clip_problem == "only 20 MB of disk are free"
    house.desk.close()


def test_a_disk_that_is_full_in_the_middle_keeps_what_was_written_and_says_so(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[CodedPacket] = []
    add = ClipWriter.add

    def full(writer: ClipWriter, packet: CodedPacket) -> None:
        written.append(packet)
        if len(written) > 120:
            raise ClipError("the disk is full", full=True)
        add(writer, packet)

    monkeypatch.setattr(ClipWriter, "add", full)
    house.desk.start()
    event = an_event()
    house.record(event)
    eventually(lambda: house.done, "the event is told")
    assert house.done[0].clip is not None
    assert house.done[0].clip_problem == "the disk is full: the clip ends early"
    assert played(house.clip(event)).numbers == [number % 100 for number in range(120)]


def test_a_folder_that_cannot_be_made_is_a_problem_of_that_clip_alone(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(folder: Path) -> None:
        raise OSError(errno.EIO, "Input/output error")

    house.desk.start()
    with monkeypatch.context() as patch:
        patch.setattr(clip_desk, "make_folder", broken)
        house.record(an_event())
        eventually(lambda: house.done, "the event is told")
    assert "Input/output error" in house.done[0].clip_problem
    house.record(an_event())
    eventually(lambda: len(house.done) == 2, "the next is told")
    assert house.done[1].clip_problem == ""


def test_a_disk_that_hangs_takes_bounded_memory_and_makes_nobody_wait(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clip_desk, "MAX_WAITING_BYTES", 10_000)
    go_on, hung = threading.Event(), threading.Event()
    add = ClipWriter.add

    def hang(writer: ClipWriter, packet: CodedPacket) -> None:
        hung.set()
        go_on.wait(20)
        add(writer, packet)

    monkeypatch.setattr(ClipWriter, "add", hang)
    house.desk.start()
    event = an_event()
    house.desk.open(event.id, PACKETS[:20], 1.0)
    eventually(hung.is_set, "the disk hangs")
    big = [CodedPacket(p.stream, p.data + bytes(2000), p.pts, p.dts, p.key, p.number) for p in PACKETS[20:]]
    taken = [house.desk.add(event.id, packet) for packet in big]
    assert taken[0]
    assert not taken[-1]
    house.desk.finish(event, "")
    another = an_event()
    house.desk.open(another.id, PACKETS, 1.0)
    assert not house.desk.add(another.id, PACKETS[-1])
    house.desk.finish(another, "")
    go_on.set()
    eventually(lambda: len(house.done) == 2, "both events are told")
    assert (house.done[1].clip, house.done[1].clip_problem) == (None, TOO_SLOW)
    assert house.done[0].clip_problem == TOO_SLOW
    assert house.done[0].clip is not None


def left_by_a_crash(house: House, event: EventRecord, packets: list[CodedPacket], lead: float) -> Path:
    house.unfinished.mkdir(exist_ok=True)
    path = house.unfinished / unfinished_name(event.id, lead)
    writer = ClipWriter(path, packets[0].stream, packets[0])
    for packet in packets:
        writer.add(packet)
    whole = path.read_bytes()
    writer.close()
    path.write_bytes(whole)  # as it was before it was closed
    return path


def test_a_clip_left_by_a_crash_is_finished_at_the_next_start_and_its_event_too(house: House) -> None:
    event = an_event(ended=None)
    house.events.save(event)
    path = left_by_a_crash(house, event, PACKETS[:150], lead=4.0)
    house.desk.start()
    eventually(lambda: house.done, "the event is told")
    [told] = house.done
    assert told.clip is not None
    assert told.clip.pre_roll_seconds == 4.0
    assert told.clip.seconds == pytest.approx(15, abs=2.2)
    assert told.clip_problem == CUT_OFF
    assert told.ended == pytest.approx(START + told.clip.seconds - 4.0, abs=0.02)
    assert told.end_reason == "the camera process was cut off"
    assert probed(house.clip(event))["error"] == ""
    assert not path.exists()


def test_an_event_that_had_ended_keeps_its_end(house: House) -> None:
    event = an_event()
    house.events.save(event)
    left_by_a_crash(house, event, PACKETS[:150], lead=4.0)
    [(told, _)] = repaired(house.events, "front")
    assert (told.ended, told.end_reason) == (event.ended, event.end_reason)


def test_a_clip_whose_event_was_never_written_makes_an_event(house: House) -> None:
    event = an_event()
    left_by_a_crash(house, event, PACKETS[:150], lead=4.0)
    [(told, _)] = repaired(house.events, "front")
    assert (told.id, told.camera, told.started) == (event.id, "front", START)


def test_a_clip_with_nothing_in_it_is_removed_and_said(house: House) -> None:
    event = an_event()
    house.events.save(event)
    path = left_by_a_crash(house, event, PACKETS[:5], lead=0.4)
    [(told, _)] = repaired(house.events, "front")
    assert told.clip is None
    assert "nothing was recorded" in told.clip_problem
    assert not path.exists()


def test_what_cannot_be_read_is_set_aside_and_looked_at_no_more(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.camera import clip_repair

    event = an_event()
    house.events.save(event)
    path = left_by_a_crash(house, event, PACKETS[:150], lead=0.4)

    def unreadable(*_args: object) -> None:
        raise ClipError("the clip could not be kept: Invalid data found")

    with monkeypatch.context() as patch:
        patch.setattr(clip_repair, "finish", unreadable)
        [(told, _)] = repaired(house.events, "front")
    assert told.clip is None
    assert "set aside" in told.clip_problem
    assert path.with_name(f"{path.name}.damaged").exists()
    assert list(repaired(house.events, "front")) == []


def test_without_room_it_waits_for_the_next_start(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.camera import clip_repair

    event = an_event()
    house.events.save(event)
    left_by_a_crash(house, event, PACKETS[:150], lead=0.4)

    def full(*_args: object) -> None:
        raise ClipError("the disk is full", full=True)

    with monkeypatch.context() as patch:
        patch.setattr(clip_repair, "finish", full)
        assert list(repaired(house.events, "front")) == []
    assert len(list(repaired(house.events, "front"))) == 1


@pytest.mark.parametrize(
    "name",
    [
        unfinished_name("20231114T221320-garage-0a0b0c01", 1.0),
        unfinished_name("20231114T221320-my-front-0a0b0c02", 1.0),
        unfinished_name("20231114T221320-front-door-0a0b0c03", 1.0),
        "clip.mp4",
        "20231114T221320-front-12345678.mp4",
        "20231114T221320-front-12345678.-5.mp4",
        "..20231114T221320-front-12345678.5.mp4",
    ],
)
def test_what_is_no_clip_of_this_camera_is_left_alone(house: House, name: str) -> None:
    house.unfinished.mkdir()
    (house.unfinished / name).write_bytes(b"another process may be at it")
    assert list(repaired(house.events, "front")) == []
    assert (house.unfinished / name).read_bytes() == b"another process may be at it"


def test_stopped_in_the_middle_of_an_event_the_next_start_finishes_its_clip(house: House) -> None:
    house.desk.start()
    event = an_event(ended=None)
    house.events.save(event)
    house.desk.open(event.id, PACKETS[:150], 4.0)
    house.desk.close()
    again = house.new_desk()
    again.start()
    again.close()
    assert [told.id for told in house.done] == [event.id]
    assert house.clip(event).exists()


def test_killed_before_the_record_named_the_clip_the_next_start_names_it(house: House) -> None:
    event = an_event()
    house.events.save(event)
    path = left_by_a_crash(house, event, PACKETS[:150], lead=4.0)
    finish(path, house.clip(event))  # and there it was killed
    house.desk.start()
    eventually(lambda: house.done, "the event is told")
    told = house.events.get(event.id)
    assert told is not None
    assert told.clip is not None
    assert (told.clip.pre_roll_seconds, told.clip_problem) == (4.0, "")
    assert (told.ended, told.end_reason) == (event.ended, event.end_reason)
    assert probed(house.clip(event))["error"] == ""
    assert list(house.unfinished.iterdir()) == []


def test_killed_once_the_record_named_the_clip_nothing_is_told_again(house: House) -> None:
    event = an_event()
    path = left_by_a_crash(house, event, PACKETS[:150], lead=4.0)
    clip = finish(path, house.clip(event))
    house.events.save(event.model_copy(update={"clip": facts_of(clip, 4.0)}))
    assert list(repaired(house.events, "front")) == []
    assert not path.exists()


def test_what_was_recorded_stays_until_the_record_names_the_clip(house: House) -> None:
    told: list[Callable[[], None]] = []
    desk = ClipDesk("front", house.events, house.storage, lambda _event, named: told.append(named))
    desk.start()
    event = an_event()
    desk.open(event.id, PACKETS[:40], 4.0)
    desk.finish(event, "")
    eventually(lambda: told, "the event is told")
    desk.close()
    assert house.clip(event).exists()
    assert [path.name for path in house.unfinished.iterdir()] == [unfinished_name(event.id, 4.0)]
    told[0]()
    assert list(house.unfinished.iterdir()) == []


def test_an_event_deleted_while_its_tail_is_recorded_stays_deleted(house: House) -> None:
    house.desk.start()
    event, other = an_event(), an_event()
    house.events.save(event)
    house.desk.open(event.id, PACKETS[:60], 4.0)
    eventually(lambda: list(house.unfinished.glob("*.mp4")), "the clip is begun")
    house.events.remove(event.id)
    assert not list(house.unfinished.iterdir())
    for packet in PACKETS[60:]:
        house.desk.add(event.id, packet)
    house.desk.finish(event, "")
    house.record(other)
    eventually(lambda: house.done, "the next one is told")
    assert [told.id for told in house.done] == [other.id]
    assert list(house.events.all_ids()) == [other.id]
    assert house.desk.problem == ""


def test_an_event_deleted_after_a_crash_has_nothing_left_to_repair(house: House) -> None:
    event = an_event()
    house.events.save(event)
    left_by_a_crash(house, event, PACKETS[:150], lead=4.0)
    house.events.remove(event.id)
    assert list(repaired(house.events, "front")) == []
    assert list(house.events.all_ids()) == []


def test_a_recording_that_somebody_took_away_is_a_problem_of_an_event_that_is_there(house: House) -> None:
    house.desk.start()
    event = an_event()
    house.events.save(event)
    house.desk.open(event.id, PACKETS[:60], 4.0)
    eventually(lambda: list(house.unfinished.glob("*.mp4")), "the clip is begun")
    [path] = house.unfinished.iterdir()
    path.unlink()
    house.desk.finish(event, "")
    eventually(lambda: house.done, "the event is told")
    assert house.done[0].clip is None
    assert "No such file" in house.done[0].clip_problem
