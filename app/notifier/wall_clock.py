"""Notices when the wall clock is set: a Pi has none of its own that runs while it is off."""

from __future__ import annotations

from collections.abc import Callable

CLOCK_SLACK_SECONDS = 60.0
"""NTP's small corrections are no jump."""


class WallClock:
    """Compares it with the monotonic one. `jump` is called again and again, by one thread."""

    def __init__(self, monotonic: Callable[[], float], wall: Callable[[], float]) -> None:
        self._monotonic, self._wall = monotonic, wall
        self._offset = wall() - monotonic()

    def jump(self) -> float:
        """By how many seconds it was set since the last call (or the first moment); 0 if it was not."""
        offset = self._wall() - self._monotonic()
        jumped = offset - self._offset
        if abs(jumped) <= CLOCK_SLACK_SECONDS:
            return 0.0
        self._offset = offset
        return jumped
