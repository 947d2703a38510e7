"""The guest pass as seconds that are left: a wall clock that is set neither ends it nor makes it eternal. Pure."""

from __future__ import annotations

from app.state.wishes import Guest

WHO = "a guest"
"""How a guest is listed among those who are home."""


class GuestPass:
    """Follows the wish. `now`: monotonic seconds; `wall`: seconds since the epoch."""

    def __init__(self) -> None:
        self._wish: Guest | None = None
        self._ends = float("-inf")

    def holds(self, wish: Guest | None, *, now: float, wall: float) -> bool:
        """Whether somebody is home on a pass. What is left of it is read off the clock once, when it is new."""
        if wish != self._wish:
            self._wish = wish
            left = 0.0 if wish is None or wish.until is None else wish.until - wall
            self._ends = now + left
        return now < self._ends
