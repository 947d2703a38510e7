"""What was really done, and when. Times are seconds since the epoch by the soak's own clock, which is never set."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

FOREVER = float("inf")


@dataclass(frozen=True, slots=True)
class Act:
    """Something a person did that sets `key` to `value`, at some moment from `lo` to `hi`.

    Keys: armed:CAMERA, auto, notifications, guest, tag:EVENT. `sure`: it was acknowledged. Otherwise it may or may
    not have been carried out: the answer was lost, or what it was kept in.
    """

    key: str
    value: Any
    lo: float
    hi: float
    sure: bool
    words: str = ""


@dataclass(slots=True)
class Span:
    """`what` was so from `begin` to `end`."""

    what: str
    begin: float
    end: float = FOREVER

    def touches(self, begin: float, end: float) -> bool:
        """Whether it was so at any time between the two."""
        return self.begin <= end and self.end >= begin


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody walked through the picture of `camera`."""

    camera: str
    begin: float
    end: float


@dataclass(frozen=True, slots=True)
class Move:
    """A phone joined or left the Wi-Fi."""

    at: float
    person: str
    home: bool


@dataclass(slots=True)
class Truth:
    """Any thread may add; whoever reads takes a copy."""

    acts: list[Act] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    """What was not well: redis, web, notifier, presence, uploader, camera-NAME, router, disk."""
    visits: list[Visit] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    redis_deaths: list[float] = field(default_factory=list)
    """Each time all that Redis held was lost."""
    taps: int = 0
    commands: int = 0
    refused: int = 0
    """Commands and taps of those who may not."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def during(self, what: str) -> Iterator[Span]:
        """A span for as long as the block runs."""
        span = self.begin(what)
        try:
            yield span
        finally:
            span.end = time.time()

    def begin(self, what: str) -> Span:
        """A span that is open; set its `end`."""
        span = Span(what, time.time())
        with self.lock:
            self.spans.append(span)
        return span

    def add(self, act: Act) -> None:
        """One more thing done."""
        with self.lock:
            self.acts.append(act)

    def copied(self) -> tuple[list[Act], list[Span]]:
        """Acts and spans as they are now."""
        with self.lock:
            return list(self.acts), [Span(s.what, s.begin, s.end) for s in self.spans]
