"""A clock that only passes when somebody waits on it."""

from __future__ import annotations

import threading

START = 1_700_000_000.0


class FakeClock:
    """`wait` returns at once and moves both clocks on by what was asked; `waits` keeps what was asked."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.waits: list[float] = []

    def time(self) -> float:
        return START + self.passed

    def monotonic(self) -> float:
        return 1000.0 + self.passed

    def wait(self, event: threading.Event, seconds: float) -> bool:
        self.waits.append(seconds)
        if not event.is_set():
            self.passed += max(0.0, seconds)
        return event.is_set()
