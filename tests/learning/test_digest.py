"""The week in numbers: what counts as an alert, as right, as better, and how long a disk lasts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import Tag, new_event_id
from app.learning.digest import (
    LATELY_HOURS,
    Seen,
    bytes_below,
    count,
    room,
    running,
    seen_between,
    share_of,
    trend,
)
from app.settings import StorageSettings
from app.slack.digest_facts import CameraHours, Share, Trend
from app.store.events import EventRecord, EventStore, TagRecord
from app.store.uptime import CameraTime, Hour

NOON, DAY, HOUR = 1_795_176_000.0, 86_400.0, 3_600.0
WEEK = 7 * DAY
FIRST_HOUR = int((NOON - WEEK) // HOUR)


@pytest.fixture
def events(tmp_path: Path) -> EventStore:
    return EventStore(tmp_path / "events")


def save(events: EventStore, started: float, tag: Tag | None = None, **facts: Any) -> str:
    event_id = new_event_id(facts.get("camera", "front"), started)
    facts = {"camera": "front", "announced": True, **facts}
    events.save(EventRecord(id=event_id, started=started, ended=started + 5, **facts))
    if tag is not None:
        events.tag(event_id, TagRecord(tag=tag, by="U1", at=started))
    return event_id


def week(events: EventStore) -> list[Seen]:
    return seen_between(events, NOON - WEEK, NOON)


def shared(right: int, of: int) -> Share:
    tags = [Tag.OCCUPIED] * right + [Tag.UNOCCUPIED] * (of - right)
    told = EventRecord(id="x", camera="front", started=NOON, announced=True)
    found = share_of(Seen(told, tag) for tag in tags)
    assert found is not None
    return found


def test_a_week_begins_with_its_first_second_and_ends_before_its_last(events: EventStore) -> None:
    inside = [save(events, NOON - WEEK), save(events, NOON - 3 * DAY), save(events, NOON - 1)]
    for moment in (NOON - WEEK - 1, NOON, NOON + DAY, 0.0):
        save(events, moment)
    assert [one.event.id for one in week(events)] == inside


def test_other_days_are_not_even_opened(events: EventStore, monkeypatch: pytest.MonkeyPatch) -> None:
    for days in range(60):
        save(events, NOON - days * DAY)
    opened: list[str] = []
    ids_of = events.ids_of

    def noting(day: str) -> list[str]:
        opened.append(day)
        return ids_of(day)

    monkeypatch.setattr(events, "ids_of", noting)
    assert len(week(events)) == 7
    assert len(opened) <= 8


def test_what_lies_among_the_events_and_is_none_is_passed_over(events: EventStore) -> None:
    event_id = save(events, NOON - DAY)
    (events.root / "2026-99-99" / "20269999T000000-front-00000000").mkdir(parents=True)
    (events.root / "2026-11-19" / "20261119T999999-front-00000000").mkdir()
    (events.root / "2026-11-19" / "20261119T120001-front-00000000").mkdir()  # without a record
    (events.root / "2026-11-18").write_text("a file")
    assert [one.event.id for one in week(events)] == [event_id]


def test_alerts_marks_and_what_was_silent_are_counted_apart(events: EventStore) -> None:
    save(events, NOON - 1, Tag.OCCUPIED)
    save(events, NOON - 2)
    save(events, NOON - 3, Tag.UNOCCUPIED, quietened=True, nothing_probability=0.9)
    save(events, NOON - 4, announced=False, quietened=True)
    save(events, NOON - 5, Tag.UNOCCUPIED, announced=False, muted_why="snoozed", camera="garden")
    counts = count(week(events))
    assert counts.events == 5
    assert counts.cameras == (("front", 4), ("garden", 1))
    assert (counts.alerts, counts.marked, counts.held, counts.silent) == (2, 1, 1, 1)
    assert (counts.occupied, counts.unoccupied, counts.untagged_alerts) == (1, 2, 1)


def test_only_what_claimed_that_somebody_was_there_can_be_wrong(events: EventStore) -> None:
    save(events, NOON - 1, Tag.OCCUPIED)
    save(events, NOON - 2, Tag.UNOCCUPIED)
    save(events, NOON - 3, Tag.UNOCCUPIED, quietened=True)
    save(events, NOON - 4, Tag.UNOCCUPIED, announced=False)
    save(events, NOON - 5)
    share = share_of(week(events))
    assert share is not None
    assert (share.right, share.of) == (1, 2)
    assert (share.low, share.high) == pytest.approx((0.095, 0.905), abs=0.001)


def test_without_a_tagged_alert_there_is_no_share(events: EventStore) -> None:
    save(events, NOON - 1)
    save(events, NOON - 2, Tag.UNOCCUPIED, announced=False)
    assert share_of(week(events)) is None


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [
        (shared(7, 9), shared(6, 10), Trend.UNCLEAR),
        (shared(95, 100), shared(60, 100), Trend.BETTER),
        (shared(60, 100), shared(95, 100), Trend.WORSE),
        (shared(1, 1), shared(0, 1), Trend.UNCLEAR),
        (None, shared(6, 10), Trend.UNCLEAR),
        (shared(6, 10), None, Trend.UNCLEAR),
    ],
)
def test_a_change_is_called_one_only_where_the_tags_are_enough(
    now: Share | None, before: Share | None, expected: Trend
) -> None:
    assert trend(now, before) is expected


# Uptime


def hours(numbers: range, **changes: Any) -> dict[int, Hour]:
    camera = CameraTime(known=3600, armed=1800, watched=1700)
    facts = {"ran": 3600.0, "heard": 3600.0, "cameras": {"front": camera}, **changes}
    return {number: Hour(**facts) for number in numbers}


def test_a_week_without_a_gap_is_a_whole_one() -> None:
    told = running(hours(range(FIRST_HOUR - 5, FIRST_HOUR + 168)), ["front"], NOON - WEEK, NOON, 5.0)
    assert (told.machine, told.ran, told.counted) == (5.0, WEEK, WEEK)
    assert told.cameras == (CameraHours("front", 168 * 1700, 168 * 100, 0),)


def test_the_hour_in_whose_middle_the_week_begins_is_no_gap() -> None:
    known = hours(range(FIRST_HOUR - 5, FIRST_HOUR + 168))
    told = running(known, ["front"], NOON - WEEK - HOUR / 2, NOON, None)
    assert told.ran == told.counted == WEEK + HOUR


def test_what_was_off_is_missing_of_the_whole_week() -> None:
    known = hours(range(FIRST_HOUR - 1, FIRST_HOUR + 100)) | hours(range(FIRST_HOUR + 124, FIRST_HOUR + 168))
    told = running(known, [], NOON - WEEK, NOON, None)
    assert told.counted - (told.ran or 0) == DAY


def test_a_new_appliance_counts_from_its_first_minute() -> None:
    begins = FIRST_HOUR + 100
    known = hours(range(begins, begins + 1), ran=900.0) | hours(range(begins + 1, FIRST_HOUR + 168))
    told = running(known, [], NOON - WEEK, NOON, None)
    assert told.counted == told.ran == 67 * HOUR + 900
    one = running({FIRST_HOUR + 167: Hour(ran=600)}, [], NOON - WEEK, NOON - 60, None)
    assert one.counted == one.ran == 600


def test_hours_of_a_clock_that_was_never_set_make_no_appliance_old() -> None:
    begins = FIRST_HOUR + 160
    known = (
        hours(range(3, 5))
        | hours(range(begins - LATELY_HOURS - 2, begins - LATELY_HOURS))
        | hours(range(begins, FIRST_HOUR + 168))
    )
    assert running(known, [], NOON - WEEK, NOON, None).counted == 8 * HOUR


def test_of_what_a_camera_did_not_say_nothing_is_known() -> None:
    known = hours(range(FIRST_HOUR, FIRST_HOUR + 168))
    told = running(known, ["front", "garden"], NOON - WEEK, NOON, None)
    assert told.cameras[1] == CameraHours("garden", 0, 0, WEEK)


def test_where_nothing_was_counted_nothing_is_said() -> None:
    told = running({}, ["front"], NOON - WEEK, NOON, 7.0)
    assert (told.ran, told.cameras) == (None, ())


# The disk


def filled(events: EventStore, moments: list[float], size: int = 1_000_000) -> list[Seen]:
    for moment in moments:
        events.save_picture(save(events, moment), bytes(range(256)) * (size // 256))
    return week(events)


def test_a_disk_holds_what_is_there_and_what_is_free_at_the_rate_of_the_week(events: EventStore) -> None:
    seen = filled(events, [NOON - 20 * DAY, NOON - 6 * DAY, NOON - DAY])
    told = room(
        events, seen, NOON - WEEK, NOON, free=201e6, storage=StorageSettings(min_free_mb=200, keep_days=30)
    )
    # 2 MB a week: 1 MB free above what is to stay free, and 3 MB of events that may go
    assert told.holds_days == pytest.approx(4 / 2 * 7, rel=0.05)
    assert told.events == pytest.approx(2e6, rel=0.05)
    assert (told.free, told.keep_days, told.oldest) == (201e6, 30, NOON - 20 * DAY)


def test_an_appliance_of_two_days_has_seen_two_days_events(events: EventStore) -> None:
    seen = filled(events, [NOON - 2 * DAY, NOON - DAY])
    told = room(events, seen, NOON - WEEK, NOON, free=0, storage=StorageSettings())
    assert told.holds_days == pytest.approx(2, rel=0.05)


def test_a_week_without_events_says_nothing_of_a_rate(events: EventStore) -> None:
    told = room(events, [], NOON - WEEK, NOON, free=5e9, storage=StorageSettings())
    assert (told.holds_days, told.oldest, told.events) == (None, None, 0)


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "big").mkdir()
    (tmp_path / "big" / "file").write_bytes(bytes(range(256)) * 4_000)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "link").symlink_to(tmp_path / "big")
    assert bytes_below(tmp_path / "in") < 100_000
    assert bytes_below(tmp_path) >= 1_000_000
    assert bytes_below(tmp_path / "nowhere") == 0


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.sampled_from([None, *Tag])), max_size=30))
def test_every_event_is_counted_once(kinds: list[tuple[bool, bool, Tag | None]]) -> None:
    seen = [
        Seen(EventRecord(id="x", camera="front", started=0, announced=announced, quietened=quiet), tag)
        for announced, quiet, tag in kinds
    ]
    counts = count(seen)
    assert counts.alerts + counts.marked + counts.held + counts.silent == counts.events == len(kinds)
    share = share_of(seen)
    assert counts.alerts == counts.untagged_alerts + (share.of if share else 0)
