"""What was to be seen where something has been taken into the scene: the wall behind who stands before it.

When they leave, the wall is known again at once. Without this, the hole they leave would be motion until it is
learned, which is what others call a ghost.
"""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np

from app.vision.brightness import SAMPLE, Brightness
from app.vision.foreground import Window
from app.vision.mask import Plane

Scene: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.float32]]

_SAME_LIGHT = 0.01


class Earlier:
    """One earlier grey level for each pixel, for a while. Every plane is allocated once."""

    def __init__(self, width: int, height: int, brightness: Brightness) -> None:
        shape = (height, width)
        # Fractions of levels, too: a sunset is many small steps, and a rounding at each would add up.
        self._level, self._turns_left = np.zeros(shape, np.float32), np.zeros(shape, np.uint8)
        self._known, self._one = np.zeros(shape, np.uint8), np.ones(shape, np.uint8)
        self._scratch, self._back, self._alike = (np.empty(shape, np.uint8) for _ in range(3))
        self._brightness, self._lit_as = brightness, np.empty(brightness.shape, np.float32)
        self.known = False
        """Whether any pixel has an earlier level."""
        self.window: Window = (slice(0, 0), slice(0, 0))
        """Where those pixels are: a person's share of the plane, and so of the time that looking at them takes."""

    def forget(self) -> None:
        """The view is another one."""
        if self.known:
            self._turns_left.fill(0)
            self._known.fill(0)
        self.known = False

    def keep(self, scene: Scene, where: Plane, window: Window) -> None:
        """The scene is about to change `where` (255, a mask of the window). What was kept before is kept on.

        So somebody who shifts from one foot to the other does not take their own coat for the wall.
        """
        if not self.known:
            np.copyto(self._lit_as, scene[SAMPLE])
        known = self._known[window]
        fresh = cv2.subtract(where, known, self._scratch[window])
        cv2.copyTo(scene[window], fresh, self._level[window])
        cv2.bitwise_or(self._turns_left[window], where, self._turns_left[window])
        cv2.bitwise_or(known, where, known)
        self._find_window()

    def explain(
        self, plane: Plane, gain: float, difference: Plane, limit: Plane, exceeded: Plane
    ) -> Plane | None:
        """Take back what is `exceeded` (255) but looks as it did earlier; a mask of that (255), None if nowhere.

        There, `difference` becomes the one to the earlier level. The mask is of `window` only, and this object's own
        buffer.
        """
        here = self.window
        exceeded, known, back, distance = (
            exceeded[here],
            self._known[here],
            self._back[here],
            self._scratch[here],
        )
        cv2.bitwise_and(exceeded, known, back)
        if not cv2.countNonZero(back):  # somebody walks elsewhere: mostly so, and then this is all it costs
            return None
        cv2.convertScaleAbs(self._level[here], distance, gain, 0)
        cv2.absdiff(plane[here], distance, distance)
        cv2.compare(distance, limit[here], cv2.CMP_LE, self._alike[here])
        cv2.bitwise_and(back, self._alike[here], back)
        if not cv2.countNonZero(back):
            return None
        cv2.copyTo(distance, back, difference[here])
        cv2.subtract(exceeded, back, exceeded)
        cv2.subtract(self._turns_left[here], back, self._turns_left[here])
        cv2.subtract(known, back, known)
        return back

    def follow_light(self, scene: Scene) -> None:
        """What is remembered is lit as the scene is now."""
        factor = self._brightness.ratio(scene[SAMPLE], self._lit_as)
        if abs(factor - 1.0) > _SAME_LIGHT:
            cv2.multiply(self._level, factor, self._level)
            np.copyto(self._lit_as, scene[SAMPLE])

    def grow_older(self) -> None:
        """Another turn has passed; after 255 of them a level is forgotten, because the day went on behind it."""
        if self.known:
            left = self._turns_left[self.window]
            cv2.subtract(left, self._one[self.window], left)
            cv2.threshold(left, 0, 255, cv2.THRESH_BINARY, self._known[self.window])
            self._find_window()

    def _find_window(self) -> None:
        x, y, w, h = cv2.boundingRect(self._turns_left)
        self.window, self.known = (slice(y, y + h), slice(x, x + w)), w > 0
