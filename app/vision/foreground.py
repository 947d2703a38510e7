"""From pixels beyond their limit to figures: lone pixels dropped, the rest grown together, its outlines and areas.

All of it happens within the one window that holds every figure, because a visitor is a twentieth of the frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import cv2
import numpy as np

from app.vision.mask import Plane

Window: TypeAlias = tuple[slice, slice]
"""Rows and columns of a plane."""

CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
LEAST_PIXELS = cv2.countNonZero(CROSS)  # what moves covers at least a cross of five; less is noise


def regrown(iterations: int) -> Plane:
    """The one kernel that undoes an erosion by CROSS and then dilates by 3×3, `iterations` times."""
    side = 2 * (iterations + 1) + 1
    centre = np.zeros((side, side), np.uint8)
    centre[side // 2, side // 2] = 1
    return np.asarray(cv2.dilate(cv2.dilate(centre, CROSS), None, iterations=iterations), np.uint8)


class Foreground:
    """The figures of one frame. Every plane is allocated once."""

    def __init__(self, width: int, height: int, dilate_iterations: int) -> None:
        shape = (height, width)
        self._kernel = regrown(dilate_iterations)
        self._margin = dilate_iterations + 1
        self._core, self._opened = np.empty(shape, np.uint8), np.empty(shape, np.uint8)
        self.busy = np.zeros(shape, np.uint8)
        """255 where something moves, grown; nothing outside of `window`."""
        self.window: Window = (slice(0, 0), slice(0, 0))

    def find(self, exceeded: Plane) -> bool:
        """Whether anything larger than noise is among these pixels (255). The first step; the others need it."""
        cv2.erode(exceeded, CROSS, self._core)
        return cv2.countNonZero(self._core) > 0

    def count(self) -> int:
        """How many pixels the figures cover before they are grown."""
        return cv2.countNonZero(self.opened())

    def opened(self) -> Plane:
        """The figures before they are grown, 255; this object's own buffer."""
        return np.asarray(cv2.dilate(self._core, CROSS, self._opened), np.uint8)

    def grow(self) -> None:
        """Join what belongs together: fills `busy` and `window`."""
        self.clear()
        height, width = self._core.shape
        x, y, w, h = cv2.boundingRect(self._core)
        rows = slice(max(0, y - self._margin), min(height, y + h + self._margin))
        columns = slice(max(0, x - self._margin), min(width, x + w + self._margin))
        self.window = (rows, columns)
        cv2.dilate(self._core[self.window], self._kernel, self.busy[self.window])

    def clear(self) -> None:
        """Nothing moves."""
        self.busy[self.window] = 0
        self.window = (slice(0, 0), slice(0, 0))

    def outlines(self) -> Sequence[np.ndarray]:
        """The outer contour of each figure, in pixels of the plane."""
        corner = (self.window[1].start, self.window[0].start)
        busy = self.busy[self.window]
        return cv2.findContours(busy, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE, offset=corner)[-2]
