"""The weekly message is due once a week, by local time, whatever the clock does."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.notifier.week import (
    DAY_SECONDS,
    EARLIEST,
    FAR_AHEAD_SECONDS,
    TRIES,
    WEEKDAYS,
    Memory,
    begun,
    last_due,
    wanted,
)

WEEK = 7 * DAY_SECONDS
HOUR = 3600.0
MINUTE = 60.0
BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [
    ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York", "Pacific/Chatham", "Africa/Cairo", "UTC")
]

moments = st.floats(min_value=EARLIEST + 30 * DAY_SECONDS, max_value=2_500_000_000)
weekdays = st.sampled_from(WEEKDAYS)
times = st.times().map(lambda time: f"{time.hour:02d}:{time.minute:02d}")
zones = st.sampled_from(ZONES)


def at(text: str, zone: ZoneInfo = BERLIN) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()


MONDAY = at("2026-11-23 09:00")


def asked(now: float, memory: Memory) -> Memory | None:
    return wanted(now, memory, "monday", "09:00", BERLIN)


def sent(due: float) -> Memory:
    return Memory(due=due, settled=True, tries=1)


@given(moments, weekdays, times, zones)
def test_it_is_due_on_that_day_at_that_time_of_the_last_week(
    now: float, weekday: str, time: str, zone: ZoneInfo
) -> None:
    due = last_due(now, weekday, time, zone)
    assert due <= now < due + WEEK + 2 * HOUR
    local = datetime.fromtimestamp(due, zone)
    hour, minute = map(int, time.split(":"))
    jumped = abs((local.hour * 60 + local.minute) - (hour * 60 + minute)) % (24 * 60)
    assert jumped in {0, 60, 24 * 60 - 60}  # only where the clocks jump over it
    assert WEEKDAYS[local.weekday()] == weekday or jumped


@given(moments, weekdays, times, zones)
def test_the_moment_itself_is_due_and_the_second_before_is_not(
    now: float, weekday: str, time: str, zone: ZoneInfo
) -> None:
    due = last_due(now, weekday, time, zone)
    assert last_due(due, weekday, time, zone) == due
    assert last_due(due - 1, weekday, time, zone) < due


def test_nine_stays_nine_when_the_clocks_change() -> None:
    for day in ("2026-03-23", "2026-03-30", "2026-10-19", "2026-10-26"):
        due = last_due(at(f"{day} 23:00"), "monday", "09:00", BERLIN)
        assert datetime.fromtimestamp(due, BERLIN).isoformat(" ")[:16] == f"{day} 09:00"


def test_a_time_that_does_not_exist_that_night_comes_an_hour_later_and_one_that_comes_twice_once() -> None:
    skipped = last_due(at("2026-03-29 12:00"), "sunday", "02:30", BERLIN)
    assert datetime.fromtimestamp(skipped, BERLIN).strftime("%H:%M") == "03:30"
    first = last_due(at("2026-10-25 12:00"), "sunday", "02:30", BERLIN)
    assert datetime.fromtimestamp(first, UTC).strftime("%H:%M") == "00:30"
    assert wanted(first + 1.5 * HOUR, sent(first), "sunday", "02:30", BERLIN) is None


def test_the_first_message_comes_a_week_after_the_start_at_most_and_not_with_it() -> None:
    memory = begun(MONDAY + 5 * HOUR, "monday", "09:00", BERLIN)
    assert asked(MONDAY + 5 * HOUR, memory) is None
    assert asked(MONDAY + WEEK - 1, memory) is None
    assert asked(MONDAY + WEEK, memory) == Memory(due=MONDAY + WEEK, settled=False, tries=1)


def test_a_machine_that_was_off_sends_it_within_the_day_after_and_not_later() -> None:
    memory = sent(MONDAY - WEEK)
    assert asked(MONDAY + DAY_SECONDS - 1, memory) is not None
    assert asked(MONDAY + DAY_SECONDS, memory) is None


def test_what_failed_is_tried_once_more() -> None:
    first = asked(MONDAY, sent(MONDAY - WEEK))
    assert first is not None
    second = asked(MONDAY + HOUR, first)
    assert second == Memory(due=MONDAY, settled=False, tries=TRIES)
    assert asked(MONDAY + 2 * HOUR, second) is None


def test_another_hour_set_on_the_same_day_brings_no_second_one() -> None:
    assert wanted(MONDAY + 10 * HOUR, sent(MONDAY), "monday", "18:00", BERLIN) is None
    assert wanted(MONDAY + 10 * HOUR, sent(MONDAY), "monday", "09:00", ZoneInfo("America/New_York")) is None


@pytest.mark.parametrize("back", [MINUTE, HOUR, DAY_SECONDS, 3 * DAY_SECONDS, WEEK])
def test_a_clock_that_is_set_back_sends_nothing_twice(back: float) -> None:
    memory = sent(MONDAY)
    assert all(asked(MONDAY - back + hours * HOUR, memory) is None for hours in range(int(back // HOUR) + 48))


@pytest.mark.parametrize("year", [1970, 2000, 2024])
def test_a_clock_that_was_never_set_sends_nothing(year: int) -> None:
    monday = last_due(at(f"{year}-06-30 12:00"), "monday", "09:00", BERLIN)
    assert asked(monday, sent(monday - WEEK)) is None


def test_what_a_clock_far_ahead_remembered_does_not_silence_it_for_years() -> None:
    ahead = sent(at("2099-01-05 09:00"))
    assert asked(MONDAY, ahead) == Memory(due=MONDAY, settled=False, tries=1)
    assert asked(MONDAY, sent(MONDAY + FAR_AHEAD_SECONDS - 1)) is None


@given(
    st.floats(min_value=at("2026-01-10 00:00"), max_value=at("2027-12-01 00:00")),
    st.lists(
        st.tuples(st.floats(min_value=60, max_value=3 * DAY_SECONDS), st.booleans()), min_size=1, max_size=60
    ),
    weekdays,
    times,
    zones,
)
def test_however_often_it_is_off_no_week_is_told_twice(
    start: float, gaps: list[tuple[float, bool]], weekday: str, time: str, zone: ZoneInfo
) -> None:
    """It looks now and then, sometimes fails, and is off in between."""
    now, memory = start, begun(start, weekday, time, zone)
    told = []
    for gap, works in gaps:
        now += gap
        this = wanted(now, memory, weekday, time, zone)
        if this is None:
            continue
        assert this.due <= now < this.due + DAY_SECONDS
        memory = this
        if works:
            memory = this.model_copy(update={"settled": True})
            told.append(this.due)
        assert memory.tries <= TRIES
    assert all(later - earlier > 6 * DAY_SECONDS for earlier, later in pairwise(told))
