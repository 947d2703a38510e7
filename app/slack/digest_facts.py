"""What the message of the week is made of: filled in by `pycam digest`, put into words by digest_messages.py. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

DAY_SECONDS = 86_400.0


class Share(NamedTuple):
    """`right` of `of` tagged alerts; `low` and `high`: the 95 % interval of the share behind them, 0..1."""

    right: int
    of: int
    low: float
    high: float


class Trend(StrEnum):
    """How the share of right alerts compares with the span before, 95 % sure."""

    BETTER = "better"
    WORSE = "worse"
    UNCLEAR = "unclear"


class Counts(NamedTuple):
    """Of the events of the span. An alert is what was announced as somebody; `marked` went out as probably nothing,
    `held` did not go out for that; `silent`: recorded, but not announced (muted, cooling down)."""

    events: int
    cameras: tuple[tuple[str, int], ...]
    alerts: int
    marked: int
    held: int
    silent: int
    occupied: int
    unoccupied: int
    untagged_alerts: int


class Verdict(StrEnum):
    """What came of asking whether tuning (or learning) would gain anything."""

    SPARES = "spares"
    NOTHING = "nothing"
    BUSY = "busy"
    SLOW = "slow"
    FAILED = "failed"


class Gain(NamedTuple):
    """`gone` of `of` false alarms, on days that were not looked at; `why`: why nothing is gained."""

    verdict: Verdict
    gone: int = 0
    of: int = 0
    why: str = ""


class CameraHours(NamedTuple):
    """Seconds: `watched`; `blind`: armed, but without a picture; `unheard`: nobody knows how it was."""

    name: str
    watched: float
    blind: float
    unheard: float


class Running(NamedTuple):
    """`machine`: seconds since it was started. `ran`: of `counted` seconds; None: not counted yet."""

    machine: float | None
    ran: float | None
    counted: float
    cameras: tuple[CameraHours, ...]


class Room(NamedTuple):
    """Bytes. `holds_days`: of events as in this span, on this disk; None: there were none. `keep_days` 0: for ever."""

    free: float
    events: float
    holds_days: float | None
    keep_days: int
    oldest: float | None
    """When the oldest event on the disk began."""


class Digest(NamedTuple):
    """Times: seconds since the epoch."""

    since: float
    until: float
    counts: Counts
    share: Share | None
    before: Share | None
    trend: Trend
    tuning: Gain | None
    learning: Gain | None
    running: Running
    room: Room
