"""When the weekly message is due. Pure.

It is due at one moment a week, by local time. A machine that was off then sends it within the day after; one that was
off for longer leaves that week out. What was sent is remembered by the moment it was due at, so that neither a restart
nor a clock that is set back sends it twice.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, tzinfo

from pydantic import Field

from app.store.events import Record

DAY_SECONDS = 86_400.0

EARLIEST = 1_735_689_600.0
"""2025-01-01, before there was this: a clock that says less was never set."""

FAR_AHEAD_SECONDS = 8 * DAY_SECONDS
"""What is remembered of a moment further ahead than any that could be due was remembered by a wrong clock."""

TRIES = 2

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Memory(Record):
    """`due`: the moment the last message was due at, seconds since the epoch; `settled`: it went out, was given up, or
    was never to be sent; `tries`: how often it was begun."""

    due: float
    settled: bool
    tries: int = Field(0, ge=0)


def last_due(now: float, weekday: str, at: str, zone: tzinfo | None = None) -> float:
    """The last moment, `now` or before, that was `weekday` and `at` ("09:00") in `zone` (None: this machine's).

    A time that the clocks jump over counts from before the jump (02:30 is then 03:30), one that comes twice is the
    first of both.
    """
    hour, minute = map(int, at.split(":"))
    day = datetime.fromtimestamp(now, zone).date() + timedelta(days=1)
    while True:
        if day.weekday() == WEEKDAYS.index(weekday):
            moment = _moment(day, time(hour, minute), zone)
            if moment <= now:
                return moment
        day -= timedelta(days=1)


def begun(now: float, weekday: str, at: str, zone: tzinfo | None = None) -> Memory:
    """What to remember where nothing is: the first message comes at the next moment, not with the first start."""
    return Memory(due=last_due(now, weekday, at, zone), settled=True)


def wanted(now: float, memory: Memory, weekday: str, at: str, zone: tzinfo | None = None) -> Memory | None:
    """What has to be sent now, as it is to be remembered once that is begun; None if there is nothing.

    `now`: of a clock that has gone steadily for a while.
    """
    due = last_due(now, weekday, at, zone)
    if due < EARLIEST or now - due >= DAY_SECONDS:
        return None
    if memory.due > now + FAR_AHEAD_SECONDS:
        return Memory(due=due, settled=False, tries=1)
    if due < memory.due + DAY_SECONDS:
        # The same one (also where the hour or the time zone was changed meanwhile), or the clock was set back.
        if memory.settled or memory.tries >= TRIES or now < memory.due:
            return None
        return memory.model_copy(update={"tries": memory.tries + 1})
    return Memory(due=due, settled=False, tries=1)


def _moment(day: date, at: time, zone: tzinfo | None) -> float:
    return datetime.combine(day, at, zone).timestamp()
