"""What was to be seen where something has been taken into the scene: the wall behind who stands before it.

When they leave, the wall is known again at once. Without this, the hole they leave would be motion until it is
learned, which is what others call a ghost.
"""

from __future__ import annotations

import cv2
import numpy as np

from app.vision.foreground import Window
from app.vision.mask import Plane


class Earlier:
    """One earlier grey level for each pixel, for a while. Every plane is allocated once."""

    def __init__(self, width: int, height: int) -> None:
        shape = (height, width)
        self._level, self._turns_left = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
        self._unknown = np.full(shape, 255, np.uint8)
        self._scratch, self._back = np.empty(shape, np.uint8), np.empty(shape, np.uint8)
        self.known = False
        """Whether any pixel has an earlier level."""

    def forget(self) -> None:
        """The view is another one."""
        if self.known:
            self._turns_left.fill(0)
            self._unknown.fill(255)
        self.known = False

    def keep(self, scene: Plane, where: Plane, window: Window) -> None:
        """The scene is about to change `where` (255, a mask of the window). What was kept before is kept on.

        So somebody who shifts from one foot to the other does not take their own coat for the wall.
        """
        fresh = cv2.bitwise_and(where, self._unknown[window], self._scratch[window])
        cv2.copyTo(scene[window], fresh, self._level[window])
        cv2.bitwise_or(self._turns_left[window], where, self._turns_left[window])
        cv2.subtract(self._unknown[window], where, self._unknown[window])
        self.known = True

    def explain(
        self, plane: Plane, gain: float, difference: Plane, limit: Plane, exceeded: Plane
    ) -> Plane | None:
        """Take back what is `exceeded` (255) but looks as it did earlier; a mask of that (255), None if nowhere.

        `difference` becomes the smaller one. The mask is this object's own buffer.
        """
        level = self._level
        if gain != 1.0:
            level = cv2.convertScaleAbs(level, self._scratch, gain, 0)
        cv2.absdiff(plane, level, self._back)
        cv2.bitwise_or(self._back, self._unknown, self._back)
        cv2.min(difference, self._back, difference)
        cv2.compare(difference, limit, cv2.CMP_LE, self._back)
        cv2.bitwise_and(self._back, exceeded, self._back)
        if not cv2.countNonZero(self._back):
            return None
        cv2.subtract(exceeded, self._back, exceeded)
        cv2.subtract(self._turns_left, self._back, self._turns_left)
        cv2.bitwise_or(self._unknown, self._back, self._unknown)
        return self._back

    def relight(self, factor: float) -> None:
        """The light has changed by this factor. Not for small steps: levels are whole numbers."""
        cv2.convertScaleAbs(self._level, self._level, factor, 0)

    def grow_older(self) -> None:
        """Another turn has passed; after 255 of them a level is forgotten, because the day went on behind it."""
        if self.known:
            cv2.subtract(self._turns_left, 1, self._turns_left)
            cv2.compare(self._turns_left, 0, cv2.CMP_EQ, self._unknown)
            self.known = cv2.countNonZero(self._turns_left) > 0
