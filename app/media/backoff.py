"""How long to leave a lost camera alone before it is tried again."""

from __future__ import annotations

import random
from collections.abc import Callable

JITTER = 0.2  # ±20 %, so that several cameras lost with one switch do not come back in step


class Backoff:
    """first, 2×, 4× … up to `longest` seconds, each with a little chance in it."""

    def __init__(
        self, first: float = 1.0, longest: float = 30.0, rand: Callable[[], float] = random.random
    ) -> None:
        self._first, self._longest, self._rand = first, longest, rand
        self._next = first

    def next(self) -> float:
        """Seconds to wait now; the one after this will be longer."""
        delay, self._next = self._next, min(self._longest, self._next * 2)
        return delay * (1 + JITTER * (2 * self._rand() - 1))

    def reset(self) -> None:
        """It went well for a while: start from the first delay again."""
        self._next = self._first
