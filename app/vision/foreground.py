"""From pixels beyond their limit to figures: lone pixels dropped, the rest grown together, its outlines and areas.

All of it happens within the one window that holds every figure, because a visitor is a twentieth of the frame.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Any, NamedTuple, TypeAlias

import cv2
import numpy as np

from app.vision.mask import Plane

Window: TypeAlias = tuple[slice, slice]
"""Rows and columns of a plane."""

CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
LEAST_PIXELS = cv2.countNonZero(CROSS)  # what moves covers at least a cross of five; less is noise

_RING_PIXELS = 2
_SOFT_AND_FAINT = 0.2  # so much makes a shadow where the light is changing anyway, if it is faint throughout
_FAINT_LEVELS = 20.0  # in one figure with a shadow may be somebody, who differs by more
_SOFT = 0.25  # of the difference within, still there in the ring around: people have at most 0.15, shadows from 0.3


def square(pixels: int) -> Plane:
    """The kernel that grows by so many pixels each way."""
    return np.ones((2 * pixels + 1, 2 * pixels + 1), np.uint8)


_RING = square(_RING_PIXELS)


class Figure(NamedTuple):
    """One moving thing. The area is a share of the plane, 0..100; the outline in its pixels."""

    area_percent: float
    outline: np.ndarray[Any, Any]


_area = attrgetter("area_percent")


class Foreground:
    """The figures of one frame. Every plane is allocated once."""

    def __init__(self, width: int, height: int, dilate_iterations: int) -> None:
        shape = (height, width)
        self._kernel = square(dilate_iterations + 1)  # one more for what the cross took away
        self._margin = dilate_iterations + 1
        self._core, self._opened = np.empty(shape, np.uint8), np.empty(shape, np.uint8)
        self._masked = np.empty(shape, np.uint8)
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
        # In one step with a square: OpenCV is twice as fast with these as with any other large kernel.
        cv2.dilate(self._core[self.window], self._kernel, self.busy[self.window])

    @property
    def reaches_everywhere(self) -> bool:
        """Whether the window is so large that what is in it may be all over the plane. For free."""
        height, width = self._core.shape
        rows, columns = self.window
        return 2 * (rows.stop - rows.start) > height and 2 * (columns.stop - columns.start) > width

    def clear(self) -> None:
        """Nothing moves."""
        self.busy[self.window] = 0
        self.window = (slice(0, 0), slice(0, 0))

    def is_soft(self, outline: np.ndarray, plane: Plane, scene: Plane) -> bool:
        """Whether what is within this outline fades into its surroundings: light or a shadow, no thing.

        Just outside of a thing's outline the plane is the scene again; at the edge of a shadow it is so by degrees.
        """
        return self._fades(self.around(outline), plane, scene) > _SOFT

    def is_shadow(self, outline: np.ndarray, plane: Plane, scene: Plane, difference: Plane) -> bool:
        """Whether it does so beyond doubt, and is faint throughout."""
        here = self.around(outline)
        if self._fades(here, plane, scene) <= _SOFT_AND_FAINT:
            return False
        return cv2.minMaxLoc(difference[here], self._core[here])[1] < _FAINT_LEVELS

    def _fades(self, here: Window, plane: Plane, scene: Plane) -> float:
        """How much of the difference within the figure is still there in a ring around it: 0 to about 1."""
        ring = cv2.dilate(self.busy[here], _RING, self._opened[here])
        cv2.subtract(ring, self.busy[here], ring)
        inside = self._brighter(plane[here], scene[here], self._core[here])
        outside = self._brighter(plane[here], scene[here], ring)
        return outside / inside if inside else 0.0

    def _brighter(self, plane: Plane, scene: Plane, where: Plane) -> float:
        """By how many grey levels the plane is the brighter one on average `where` (255)."""
        pixels = cv2.countNonZero(where)
        if not pixels:
            return 0.0
        # Masked by hand: OpenCV's own mean under a mask takes four times as long.
        masked = self._masked[: where.shape[0], : where.shape[1]]
        levels = [cv2.mean(cv2.bitwise_and(one, where, masked))[0] for one in (plane, scene)]
        return (levels[0] - levels[1]) * where.size / pixels

    def around(self, outline: np.ndarray) -> Window:
        """The window that holds this figure and a little around it."""
        height, width = self.busy.shape
        x, y, w, h = cv2.boundingRect(outline)
        rows = slice(max(0, y - _RING_PIXELS), min(height, y + h + _RING_PIXELS))
        columns = slice(max(0, x - _RING_PIXELS), min(width, x + w + _RING_PIXELS))
        return rows, columns

    def figures(self) -> list[Figure]:
        """What has been grown, the biggest first."""
        corner = (self.window[1].start, self.window[0].start)
        busy, share = self.busy[self.window], 100.0 / self.busy.size
        outlines = cv2.findContours(busy, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE, offset=corner)[-2]
        figures = [Figure(share * cv2.contourArea(outline), outline) for outline in outlines]
        figures.sort(key=_area, reverse=True)
        return figures
