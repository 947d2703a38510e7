"""The last frames and what was seen in them, for samples.

Frames are kept as they are, not as JPEG: encoding each one would cost four times the motion step, day and
night, for pictures that are wanted a few times a day. The price is memory, so that is what is bounded.
"""

from __future__ import annotations

import logging
from collections import deque
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np

from app.domain import Box, Detection
from app.vision.gate import Seen
from app.vision.motion import Motion
from app.vision.pipeline import Outcome

log = logging.getLogger(__name__)

MAX_WIDTH = 640
"""Pixels. What a sample is for, judging person or not, gains nothing from more."""

MAX_BYTES = 28_000_000
"""30 frames of 640×480 in colour; a Pi with 512 MB bears that."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One frame. `people` is None if the gate was not asked about it. Boxes in pixels of the frame as it came."""

    time: float
    """The pipeline's."""
    epoch: float
    picture: np.ndarray[Any, Any]
    scale: float
    """Pixels of `picture` for one of the frame."""
    motion: Motion
    people: tuple[Detection, ...] | None = None

    def scaled(self, box: Box) -> tuple[int, int, int, int]:
        """A box of the frame in pixels of `picture`."""
        x, y, w, h = (round(value * self.scale) for value in box)
        return x, y, w, h


class Ring:
    """At most `frames` frames and MAX_BYTES bytes, the oldest leave first."""

    def __init__(self, frames: int) -> None:
        self._kept: deque[Kept] = deque(maxlen=frames)
        self._bytes = 0
        self._warned = False

    def add(self, outcome: Outcome) -> None:
        """Keep the frame, and note what the gate has said of earlier ones."""
        bgr = outcome.frame.bgr
        scale = min(1.0, MAX_WIDTH / bgr.shape[1])
        if scale < 1:
            size = (MAX_WIDTH, max(1, round(bgr.shape[0] * scale)))
            bgr = cv2.resize(bgr, size, interpolation=cv2.INTER_LINEAR)
        if len(self._kept) == self._kept.maxlen:
            self._drop()
        while self._kept and self._bytes + bgr.nbytes > MAX_BYTES:
            self._warn()
            self._drop()
        self._kept.append(Kept(outcome.time, outcome.frame.time, bgr, scale, outcome.motion))
        self._bytes += bgr.nbytes
        for seen in outcome.seen:
            self._note(seen)

    def frames(self) -> list[Kept]:
        """What is kept, oldest first. The pictures are shared, not copied."""
        return list(self._kept)

    @property
    def still(self) -> bool:
        """Full, and nothing moved in any of it."""
        full = len(self._kept) == self._kept.maxlen or self._warned
        return full and not any(kept.motion.moving or kept.motion.warming_up for kept in self._kept)

    def clear(self) -> None:
        """Forget all."""
        self._kept.clear()
        self._bytes = 0

    def _note(self, seen: Seen) -> None:
        for index in range(len(self._kept) - 1, -1, -1):
            if self._kept[index].time == seen.look.time:
                self._kept[index] = replace(self._kept[index], people=tuple(seen.people))
                return

    def _drop(self) -> None:
        self._bytes -= self._kept.popleft().picture.nbytes

    def _warn(self) -> None:
        if not self._warned:
            log.warning("samples hold only %d frames: more would take too much memory", len(self._kept))
        self._warned = True
