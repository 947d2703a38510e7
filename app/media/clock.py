"""Time as the sources and the reader see it, so that a test can be the one who makes it pass."""

from __future__ import annotations

import threading
import time
from typing import Protocol


class Clock(Protocol):
    """Two clocks and one pause."""

    def time(self) -> float:
        """Seconds since the epoch; may jump when the machine's clock is set."""

    def monotonic(self) -> float:
        """Seconds that never jump; only differences mean something."""

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Pause for `seconds`, less if `event` is set. True if it is."""


class SystemClock:
    """The real one."""

    def time(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds since some fixed moment."""
        return time.monotonic()

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Pause for `seconds`, less if `event` is set. True if it is."""
        return event.wait(max(0.0, seconds))
