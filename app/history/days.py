"""Days as people mean them: from midnight to midnight where the house stands. (On the disk days are UTC's.)"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import NamedTuple

_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")

FIRST, LAST = date(1970, 1, 2), date(9999, 12, 28)
"""The days whose local midnights every clock can tell."""

END = 253_402_300_800.0
"""Of the year 9999, seconds since the epoch."""


class NoDay(ValueError):
    """What was asked for is no day; the text says what would be."""


class Span(NamedTuple):
    """since <= t < until, seconds since the epoch."""

    since: float
    until: float


def day_named(text: str, now: float, zone: tzinfo | None = None) -> date:
    """'today', 'yesterday' or '2026-11-20'. `zone`: None is this machine's. Raises NoDay."""
    word = text.strip().lower()
    if word in ("today", "yesterday"):
        return day_of(now, zone) - timedelta(days=word == "yesterday")
    found = _DATE.fullmatch(word) if word.isascii() else None
    try:
        day = date(*map(int, found.groups())) if found else None
    except ValueError:  # the 31st of February
        day = None
    if day is None or not FIRST <= day <= LAST:
        raise NoDay(f"{_short(text)} is no day: today, yesterday or a date such as 2026-11-20")
    return day


def span_of(day: date, zone: tzinfo | None = None) -> Span:
    """That day from midnight to midnight: 23 or 25 hours where the clocks change. FIRST and LAST hold all that lies
    beyond them, too."""
    begins = 0.0 if day <= FIRST else _midnight(day, zone).timestamp()
    ends = END if day >= LAST else _midnight(day + timedelta(days=1), zone).timestamp()
    return Span(begins, ends)


def day_of(moment: float, zone: tzinfo | None = None) -> date:
    """The day `moment` (seconds since the epoch) lies in, between FIRST and LAST."""
    near = min(
        max(moment, 0.0), END - 3 * 86_400
    )  # local time may be a day ahead, and there is no year 10,000
    return min(max(local(near, zone).date(), FIRST), LAST)


def local(moment: float, zone: tzinfo | None = None) -> datetime:
    """`moment` to the second, with the offset from UTC that held then; from 1970 to 9999."""
    near = min(
        max(moment, 0.0), END - 3 * 86_400
    )  # local time may be a day ahead, and there is no year 10,000
    return datetime.fromtimestamp(int(near), UTC).astimezone(zone)


def _midnight(day: date, zone: tzinfo | None) -> datetime:
    naive = datetime.combine(day, time())
    return naive.astimezone() if zone is None else naive.replace(tzinfo=zone)


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:40] + "…")
