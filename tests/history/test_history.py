"""The history: lists are right with Redis, without it and after it forgot, and the disk is the truth."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain import Tag, new_event_id
from app.history.days import day_named, span_of
from app.history.history import History, Kept, StillRunning
from app.history.mirror import COMPARE_SECONDS, PAUSE_SECONDS, STALE
from app.state import index_writing
from app.state.connection import StateUnavailable, connect
from app.state.entries import Filters
from app.state.keys import EVENTS, EVENTS_WHOLE
from app.store.events import ClipFacts, EventStore, KeepRecord, MessageRecord, TagRecord
from app.store.samples import FrameFacts, SampleRecord, SampleStore
from tests.deadline import eventually
from tests.fakes.redis_server import RedisServer
from tests.fakes.tcp import refused_port
from tests.history.builders import NOON, save_event

HOUR, DAY = 3600.0, 86_400.0
BERLIN = ZoneInfo("Europe/Berlin")
ALL = Filters()
KEEP = KeepRecord(by="U1", at=NOON)
OCCUPIED = TagRecord(tag=Tag.OCCUPIED, by="U1", at=NOON)
CLIP = ClipFacts(seconds=12.5)


@pytest.fixture
def history(tmp_path: Path, redis_client: redis.Redis) -> History:
    """One whose index is whole."""
    made = History(EventStore(tmp_path / "events"), redis_client, rebuilds=False, now=lambda: NOON + HOUR)
    made.mirror.rebuild()
    return made


@pytest.fixture
def without_redis(tmp_path: Path) -> History:
    nobody = connect(f"redis://127.0.0.1:{refused_port()}/0")
    return History(EventStore(tmp_path / "events"), nobody, now=lambda: NOON + HOUR)


def ids(history: History, filters: Filters = ALL, limit: int = 50) -> list[str]:
    """All pages, one after the other."""
    found: list[str] = []
    before = None
    while True:
        page = history.page(filters, before, limit)
        found += [entry.id for entry in page.entries]
        if page.next is None:
            return found
        before = page.next


def both(history: History, other: History, filters: Filters, limit: int = 50) -> list[str]:
    """What both say."""
    found = ids(history, filters, limit)
    assert found == ids(other, filters, limit)
    return found


def added(history: History, started: float = NOON, camera: str = "front", **facts: Any) -> str:
    event_id = save_event(history.events, started, camera, **facts)
    history.mirror.refresh(event_id)
    return event_id


def save_sample(samples: SampleStore, event_id: str) -> None:
    frame = FrameFacts(time=0, moving=True, area_percent=5)
    record = SampleRecord(
        id=event_id,
        camera="front",
        taken=NOON,
        reason="alert",
        width=640,
        height=480,
        motion_vote=True,
        person_model=None,
        min_score=None,
        frames=[frame],
        settings={},
    )
    samples.save(record, [b"jpeg"])


def refuse(*_: object, **__: object) -> None:
    raise PermissionError("not yours")


def must_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on a list that comes from the disk fails."""
    monkeypatch.setattr("app.history.disk.matching", lambda *_: pytest.fail("the disk was read"))


# Lists


def test_the_newest_come_first_and_a_page_goes_on_where_the_last_one_ended(
    history: History, without_redis: History
) -> None:
    events = [added(history, NOON + n) for n in range(7)]
    assert both(history, without_redis, ALL, limit=3) == events[::-1]
    first = history.page(ALL, limit=7)
    assert (len(first.entries), first.next) == (7, None)


def test_a_page_of_a_whole_index_reads_no_event_from_the_disk(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    event_id = added(history, label="dog", clip=CLIP, announced=True)
    must_not_read(monkeypatch)
    [entry] = history.page(ALL).entries
    assert entry.model_dump() == {
        "id": event_id,
        "camera": "front",
        "started": NOON,
        "ended": NOON + 5,
        "label": "dog",
        "score": 0.9,
        "tag": None,
        "kept": False,
        "clip_seconds": 12.5,
        "announced": True,
    }


def test_each_filter_lets_through_what_it_names_and_nothing_else(
    history: History, without_redis: History
) -> None:
    plain = added(history, NOON)
    back = added(history, NOON + 1, camera="back")
    dog = added(history, NOON + 2, label="dog")
    sure = added(history, NOON + 3, person_score=0.99)
    unknown = added(history, NOON + 4, person_score=None)
    clip = added(history, NOON + 5, clip=CLIP)
    kept = added(history, NOON + 6)
    tagged = added(history, NOON + 7)
    yesterday = added(history, NOON - DAY)
    assert history.keep(kept, KEEP)
    assert history.tag(tagged, OCCUPIED)
    everything = {plain, back, dog, sure, unknown, clip, kept, tagged, yesterday}
    for filters, expected in (
        (Filters(camera="back"), {back}),
        (Filters(camera="attic"), set()),
        (Filters(label="dog"), {dog}),
        (Filters(label="person"), everything - {dog}),
        (Filters(label="dog", camera="back"), set()),
        (Filters(tag=Tag.OCCUPIED, kept=True), set()),
        (Filters(min_score=0.95), {sure}),
        (Filters(min_score=0), everything - {unknown}),
        (Filters(clip=True), {clip}),
        (Filters(clip=False), everything - {clip}),
        (Filters(kept=True), {kept}),
        (Filters(kept=False), everything - {kept}),
        (Filters(tag=Tag.OCCUPIED), {tagged}),
        (Filters(tag=Tag.UNOCCUPIED), set()),
        (Filters(tag="none"), everything - {tagged}),
        (Filters(since=NOON - HOUR), everything - {yesterday}),
        (Filters(until=NOON), {yesterday}),
        (Filters(since=NOON + 1, until=NOON + 3), {back, dog}),
        (Filters(camera="front", label="person", tag="none", min_score=0.5, clip=True), {clip}),
    ):
        assert set(both(history, without_redis, filters, limit=2)) == expected, filters
        assert history.mirror._index.count(filters) == len(expected), filters


def test_what_people_change_is_seen_at_once(history: History) -> None:
    event_id = added(history)
    history.tag(event_id, OCCUPIED)
    history.tag(event_id, TagRecord(tag=Tag.UNOCCUPIED, by="U1", at=NOON))
    assert ids(history, Filters(tag=Tag.OCCUPIED)) == []
    assert ids(history, Filters(tag=Tag.UNOCCUPIED)) == [event_id]
    history.keep(event_id, KEEP)
    assert ids(history, Filters(kept=True)) == [event_id]
    history.keep(event_id, None)
    assert ids(history, Filters(kept=True)) == []
    assert history.delete(event_id)
    assert ids(history) == []


@pytest.mark.parametrize(
    "cursor", ["", "0", "../../etc/passwd", "20261120T120000-front-0123abcd\n", "+inf", "[20261120"]
)
def test_a_cursor_from_outside_that_is_none_is_refused(history: History, cursor: str) -> None:
    with pytest.raises(ValueError, match="cursor"):
        history.page(ALL, cursor)


@pytest.mark.parametrize(("limit", "expected"), [(-5, 1), (0, 1), (2, 2), (10**9, 3)])
def test_a_limit_from_outside_is_brought_into_bounds(history: History, limit: int, expected: int) -> None:
    for n in range(3):
        added(history, NOON + n)
    assert len(history.page(ALL, limit=limit).entries) == expected


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), limit=st.integers(1, 7), with_redis=st.booleans())
def test_paging_shows_each_event_once_whatever_comes_and_goes_meanwhile(
    history: History, without_redis: History, data: st.DataObject, limit: int, with_redis: bool
) -> None:
    """Also where the clock was set back: what comes in between may lie before or after the cursor."""
    shutil.rmtree(history.events.root, ignore_errors=True)
    history.mirror.rebuild()
    starts = st.integers(0, 40).map(lambda n: NOON + n / 2)
    cameras = st.sampled_from(["front", "back"])
    there = {
        added(history, at, camera)
        for at, camera in data.draw(st.lists(st.tuples(starts, cameras), max_size=25))
    }
    shown: list[str] = []
    gone: set[str] = set()
    before = None
    while True:
        page = (history if with_redis else without_redis).page(ALL, before, limit)
        shown += [entry.id for entry in page.entries]
        if page.next is None:
            break
        before = page.next
        for at in data.draw(st.lists(starts, max_size=3)):
            added(history, at)
        if not with_redis or not (there - set(shown)):
            continue
        for event_id in data.draw(
            st.lists(st.sampled_from(sorted(there - set(shown))), max_size=2, unique=True)
        ):
            history.delete(event_id)
            gone.add(event_id)
    assert len(shown) == len(set(shown))
    assert shown == sorted(shown, reverse=True)
    assert there - gone <= set(shown)
    assert not gone & set(shown)


def test_a_clock_set_back_an_hour_loses_and_doubles_nothing(history: History, without_redis: History) -> None:
    before = [added(history, NOON + n * 60) for n in range(5)]
    after = [added(history, NOON + n * 60 - HOUR / 60) for n in range(5)]
    assert both(history, without_redis, ALL, limit=2) == sorted(before + after, reverse=True)


# Days


def test_today_is_the_day_of_the_house_and_not_of_utc(history: History, without_redis: History) -> None:
    late = day_named("2026-11-20", NOON, BERLIN)
    midnight = span_of(late, BERLIN).since  # 23:00 UTC the day before
    evening, first, last = (added(history, midnight + s) for s in (-0.5, 0, DAY - 0.5))
    added(history, midnight + DAY)
    since, until = span_of(late, BERLIN)
    assert both(history, without_redis, Filters(since=since, until=until)) == [last, first]
    assert len(history.events.days()) == 2
    days = [(date(2026, 11, 21), 1), (date(2026, 11, 20), 2), (date(2026, 11, 19), 1)]
    assert history.days(ALL, zone=BERLIN) == days == without_redis.days(ALL, zone=BERLIN)
    assert evening not in ids(history, Filters(since=since))


def test_days_are_counted_by_filter_and_the_newest_alone_if_there_are_many(
    history: History, without_redis: History
) -> None:
    for day in (0, 1, 1, 5, 9000):
        added(history, NOON - day * DAY, camera="back" if day == 1 else "front")
    assert history.days(Filters(camera="back"), zone=BERLIN) == [(date(2026, 11, 19), 2)]
    for limit, count in ((2, 2), (31, 4)):
        days = history.days(ALL, limit=limit, zone=BERLIN)
        assert days == without_redis.days(ALL, limit=limit, zone=BERLIN)
        assert len(days) == count
    within = Filters(since=NOON - DAY - 1, until=NOON, min_score=0.5)
    assert (
        history.days(within, zone=BERLIN)
        == [(date(2026, 11, 19), 2)]
        == without_redis.days(within, zone=BERLIN)
    )


def test_a_clock_at_either_end_of_time_breaks_no_list(history: History, without_redis: History) -> None:
    added(history, 0)
    added(history, 253_402_300_799)
    assert len(both(history, without_redis, ALL)) == 2
    assert (
        [count for _, count in history.days(ALL)] == [1, 1] == [count for _, count in without_redis.days(ALL)]
    )


# One event


def test_all_that_is_known_of_an_event_comes_together(history: History) -> None:
    event_id = added(history)
    history.tag(event_id, OCCUPIED)
    history.keep(event_id, KEEP)
    history.events.save_message(event_id, MessageRecord(channel="C1", ts="1.2"))
    told = history.get(event_id)
    assert told is not None
    assert (told.event.id, told.tag, told.kept, told.is_kept) == (event_id, OCCUPIED, KEEP, True)
    assert told.message == MessageRecord(channel="C1", ts="1.2")
    assert told.picture is not None
    assert told.clip is None


@pytest.mark.parametrize("event_id", ["../../etc", "", "20261120T120000-front-0123abcd", "a" * 10_000])
def test_what_is_no_event_can_be_neither_seen_nor_changed(
    history: History, tmp_path: Path, event_id: str
) -> None:
    before = sorted(tmp_path.rglob("*"))
    assert history.get(event_id) is None
    assert not history.tag(event_id, OCCUPIED)
    assert not history.keep(event_id, KEEP)
    assert not history.delete(event_id)
    history.mirror.refresh(event_id)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_tag_stands_beside_the_sample_too(tmp_path: Path, redis_client: redis.Redis) -> None:
    history = History(
        EventStore(tmp_path / "events"), redis_client, samples=SampleStore(tmp_path / "samples", max_mb=1)
    )
    event_id = added(history)
    history.tag(event_id, OCCUPIED)
    assert (tmp_path / "samples" / event_id / "tag.json").exists()


def test_without_training_no_tag_is_put_where_nobody_takes_it_from(
    tmp_path: Path, redis_client: redis.Redis
) -> None:
    samples = SampleStore(tmp_path / "samples", max_mb=1)
    history = History(EventStore(tmp_path / "events"), redis_client, samples=samples, tag_samples=False)
    assert history.tag(added(history), OCCUPIED)
    assert not (tmp_path / "samples").exists()


@pytest.mark.parametrize("tag", [None, OCCUPIED])
def test_with_an_event_goes_the_sample_of_the_same_visit_and_no_other(
    tmp_path: Path, redis_client: redis.Redis, tag: TagRecord | None
) -> None:
    samples = SampleStore(tmp_path / "samples", max_mb=1)
    history = History(EventStore(tmp_path / "events"), redis_client, samples=samples)
    gone, stays = added(history), added(history, NOON - DAY)
    for event_id in (gone, stays):
        save_sample(samples, event_id)
        if tag is not None:
            history.tag(event_id, tag)
    assert history.delete(gone)
    assert [path.name for path in (tmp_path / "samples").iterdir()] == [stays]
    assert [sample.record.id for sample in samples.all()] == [stays]


def test_an_event_whose_sample_cannot_be_removed_is_still_there_to_delete_again(
    tmp_path: Path, redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples = SampleStore(tmp_path / "samples", max_mb=1)
    history = History(EventStore(tmp_path / "events"), redis_client, samples=samples)
    event_id = added(history)
    save_sample(samples, event_id)
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", refuse)
        with pytest.raises(PermissionError):
            history.delete(event_id)
    assert history.get(event_id) is not None
    assert history.delete(event_id)
    assert list((tmp_path / "samples").iterdir()) == []


def test_an_event_that_goes_on_or_is_kept_is_not_deleted(history: History) -> None:
    running, kept = added(history, NOON + HOUR - 5, ended=None), added(history)
    history.keep(kept, KEEP)
    with pytest.raises(StillRunning):
        history.delete(running)
    with pytest.raises(Kept):
        history.delete(kept)
    assert set(ids(history)) == {running, kept}
    assert history.delete(added(history, NOON - DAY, ended=None))  # cut off by a power cut


# An index one cannot trust


def test_an_emptied_redis_is_filled_again_and_lists_are_right_meanwhile(
    tmp_path: Path, redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = History(EventStore(tmp_path / "events"), redis_client, rebuilds=True)
    events = [added(history, NOON + n) for n in range(3)]
    assert ids(history) == events[::-1]
    eventually(lambda: redis_client.exists(EVENTS_WHOLE), "the index is made")
    redis_client.flushall()
    events.append(added(history, NOON + 3))  # an event in it does not make it whole
    assert ids(history) == events[::-1]
    eventually(lambda: redis_client.exists(EVENTS_WHOLE), "the index is made anew")
    must_not_read(monkeypatch)
    assert ids(history) == events[::-1]


def test_a_redis_emptied_between_two_pages_does_not_end_the_list(
    history: History, redis_client: redis.Redis
) -> None:
    events = [added(history, NOON + n) for n in range(4)]
    first = history.page(ALL, limit=2)
    redis_client.flushall()
    second = history.page(ALL, first.next, limit=2)
    assert [entry.id for entry in (*first.entries, *second.entries)] == events[::-1]


def test_without_redis_everything_works_and_the_index_hears_of_it_later(
    tmp_path: Path, own_redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]
    history = History(
        EventStore(tmp_path / "events"), connect(own_redis.url), rebuilds=True, monotonic=lambda: clock[0]
    )
    first = added(history)
    history.mirror.rebuild()
    own_redis.kill()
    second = added(history, NOON + 1)
    assert history.tag(first, OCCUPIED)
    assert (tmp_path / "events" / STALE).exists()
    assert ids(history) == [second, first]
    own_redis.start()
    clock[0] += PAUSE_SECONDS
    assert ids(history) == [second, first]
    eventually(lambda: not (tmp_path / "events" / STALE).exists(), "the index begins to be made anew")
    eventually(history.mirror._index.is_whole, "the index is made anew")
    must_not_read(monkeypatch)
    assert ids(history) == [second, first]
    assert ids(history, Filters(tag=Tag.OCCUPIED)) == [first]


def test_an_index_that_could_not_be_made_anew_is_not_taken_for_true(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Redis hung, and is the same one afterwards: nothing but the mark says what it was not told."""

    def hangs(*_: object) -> None:
        raise StateUnavailable("Redis: no answer")

    event_id = added(history)
    history.mirror.rebuild()
    index = history.mirror._index
    for failing in (hangs, lambda *_: None):  # None: another process is at it
        with monkeypatch.context() as away:
            away.setattr(index, "put", hangs)
            away.setattr(history.mirror, "_pause", lambda _error: None)
            assert history.tag(event_id, OCCUPIED)
            away.setattr(index, "rebuild", failing)
            with suppress(StateUnavailable):
                history.mirror.rebuild()
        assert (history.events.root / STALE).exists()
    assert history.mirror.rebuild() == 1
    assert not (history.events.root / STALE).exists()
    assert ids(history, Filters(tag=Tag.OCCUPIED)) == [event_id]


def test_a_redis_that_does_not_answer_is_not_asked_again_for_a_while(
    without_redis: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids(without_redis)
    monkeypatch.setattr(without_redis.mirror._index, "page", lambda *_: pytest.fail("it was asked"))
    monkeypatch.setattr(without_redis.mirror._index, "put", lambda *_: pytest.fail("it was asked"))
    ids(without_redis)
    added(without_redis)


def test_another_run_of_redis_may_have_forgotten_something(
    history: History, redis_client: redis.Redis
) -> None:
    """It came back from an older snapshot, in which the index is marked as whole."""
    event_id = added(history)
    assert history.mirror._index.is_whole()
    redis_client.set(EVENTS_WHOLE, f"{index_writing.VERSION} another-run")
    redis_client.hset(EVENTS, event_id, "{}")
    assert ids(history) == [event_id]


def test_events_copied_in_or_taken_away_by_hand_are_noticed(
    tmp_path: Path, redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]
    history = History(
        EventStore(tmp_path / "events"), redis_client, rebuilds=False, monotonic=lambda: clock[0]
    )
    old = added(history, NOON - 3 * DAY)
    history.mirror.rebuild()
    ids(history)
    today = save_event(history.events, NOON)
    assert ids(history) == [today, old]
    copied = save_event(history.events, NOON - 2 * DAY)
    history.events.remove(old)
    assert ids(history) == [today, old]  # in the past it takes a while
    clock[0] += COMPARE_SECONDS
    must_not_read(monkeypatch)
    assert ids(history) == [today, copied]


def test_the_folder_of_events_is_whole_wherever_it_is_copied_to(
    history: History, tmp_path: Path, redis_client: redis.Redis
) -> None:
    event_id = added(history, clip=CLIP)
    history.tag(event_id, OCCUPIED)
    history.keep(event_id, KEEP)
    shutil.copytree(tmp_path / "events", tmp_path / "elsewhere" / "events")
    there = History(EventStore(tmp_path / "elsewhere" / "events"), redis_client, rebuilds=False)
    redis_client.flushall()
    assert there.mirror.rebuild() == 1
    assert there.page(ALL).entries == history.page(ALL).entries
    told, known = there.get(event_id), history.get(event_id)
    assert told is not None
    assert known is not None
    assert told[:5] == known[:5]


def test_folders_without_a_record_are_listed_nowhere_and_start_no_rebuild(
    history: History, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged, event_id = added(history, NOON + 1), added(history)
    (tmp_path / "events" / "2026-11-20" / damaged / "event.json").write_bytes(b"{")
    (tmp_path / "events" / "2026-11-20" / "20261120T999999-front-00000000").mkdir()
    assert history.mirror.rebuild() == 3
    early = new_event_id("front", NOON + 2)
    history.events.save_message(early, MessageRecord(channel="C1", ts="1.0"))  # before its record
    must_not_read(monkeypatch)
    assert ids(history) == [event_id]
    monkeypatch.setattr(history.mirror._index, "put_hollow", lambda _: pytest.fail("it is known"))
    assert ids(history) == [event_id]
    save_event(history.events, NOON + 3)


def test_what_changes_while_the_index_is_made_is_in_it_as_it_is_now(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    tagged, gone = added(history, NOON + 1), added(history)
    new: list[str] = []

    def everything(events: EventStore) -> Iterator[Any]:
        read = list(real(events))
        history.tag(tagged, OCCUPIED)
        history.delete(gone)
        new.append(added(history, NOON + 2))
        yield from read

    from app.history import disk

    real: Callable[[EventStore], Any] = disk.everything
    monkeypatch.setattr(disk, "everything", everything)
    history.mirror.rebuild()
    must_not_read(monkeypatch)
    assert ids(history) == [*new, tagged]
    assert ids(history, Filters(tag=Tag.OCCUPIED)) == [tagged]


def test_two_do_not_make_the_index_at_once(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    added(history)
    asked: list[int | None] = []
    mark = index_writing.mark

    def meanwhile(client: redis.Redis) -> str:
        monkeypatch.setattr(index_writing, "mark", mark)
        asked.append(History(history.events, client).mirror.rebuild())
        return mark(client)

    monkeypatch.setattr(index_writing, "mark", meanwhile)
    assert history.mirror.rebuild() == 1
    assert asked == [None]


def test_writers_at_the_same_time_leave_the_truth(history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    """The camera has read the event for the index; before it writes there, somebody's tag comes in between."""
    event_id = added(history)
    put, late = history.mirror._index.put, []

    def slow_put(entry: Any) -> None:
        if not late:
            late.append(True)
            history.tag(event_id, OCCUPIED)
        put(entry)

    monkeypatch.setattr(history.mirror._index, "put", slow_put)
    history.mirror.refresh(event_id)
    assert ids(history, Filters(tag=Tag.OCCUPIED)) == [event_id]
    assert ids(history, Filters(tag="none")) == []
