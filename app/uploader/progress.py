"""A line now and then while an upload takes long: a Pi's uplink may need hours for a summer's samples."""

from __future__ import annotations

import logging
from collections.abc import Callable

log = logging.getLogger(__name__)

EVERY_SECONDS = 10.0
"""Seldom enough for a journal, often enough for somebody who watches it."""


class Progress:
    """Of one round: `samples` in all, `size` bytes together."""

    def __init__(self, samples: int, size: int, monotonic: Callable[[], float]) -> None:
        self._samples, self._size, self._monotonic = samples, size, monotonic
        self._began = self._said = monotonic()
        self.done_samples = self.done_bytes = 0

    def add(self, size: int) -> None:
        """An object of `size` bytes is there."""
        self.done_bytes += size
        now = self._monotonic()
        if now - self._said >= EVERY_SECONDS:
            self._said = now
            log.info("%s", self.line(now))

    def line(self, now: float) -> str:
        """'uploading: 3 of 12 samples, 4.5 of 18.2 MB, 0.42 MB/s, about 33 s left'."""
        rate = self.done_bytes / max(now - self._began, 1e-3)
        left = max(self._size - self.done_bytes, 0) / rate if rate else None
        about = f", about {left:.0f} s left" if left is not None else ""
        return (
            f"uploading: {self.done_samples} of {self._samples} samples, "
            f"{self.done_bytes / 1e6:.1f} of {self._size / 1e6:.1f} MB, {rate / 1e6:.2f} MB/s{about}"
        )
