"""Wait for something another thread or process does, without guessing how long it takes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

_NEVER = threading.Event()


def eventually(condition: Callable[[], object], what: str, seconds: float = 20.0) -> None:
    """Return once `condition()` holds; fail after `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        _NEVER.wait(0.01)
