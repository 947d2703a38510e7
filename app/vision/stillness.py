"""Which foreground has stopped changing: somebody who stands still, or the hole they left behind."""

from __future__ import annotations

import cv2
import numpy as np

from app.vision.mask import Plane

_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
_EVERY_FRAMES = 2  # stillness is a matter of a second: looking at every other frame costs half
_REACH_PIXELS = 2  # a flat coat shows change only at its outline; its inside is as alive as that


class Stillness:
    """Counts, per pixel, for how many frames foreground has stayed as it is.

    Per pixel and not per blob, because the ghost of somebody who just left touches them for a while, and
    because somebody at a desk moves only the arms.
    """

    def __init__(self, width: int, height: int, *, still_frames: int, lookback_frames: int) -> None:
        shape = (height, width)
        self._still_looks = min(max(1, still_frames // _EVERY_FRAMES), 255)  # counts are 8 bits
        self._frames = 0
        self._recent = np.zeros((lookback_frames, *shape), np.uint8)
        self._oldest = 0
        self._counts = np.zeros(shape, np.uint8)
        self._changed, self._unchanged = np.empty(shape, np.uint8), np.empty(shape, np.uint8)
        self._still = np.empty(shape, np.uint8)
        self.change = np.zeros(shape, np.uint8)
        """Grey levels between the last plane that `settled` looked at and the one `lookback_frames` before it."""

    def remember(self, plane: Plane) -> None:
        """Keep the plane for later comparison. Call once per frame, after `settled`."""
        self._recent[self._oldest] = plane
        self._oldest = (self._oldest + 1) % len(self._recent)

    def forget(self) -> None:
        """No foreground: every count starts anew."""
        self._counts.fill(0)

    def settled(self, plane: Plane, busy: Plane, limit: Plane) -> Plane | None:
        """255 where `busy` pixels have not changed by more than `limit` for `still_frames`; None if nowhere.

        The mask is this object's own buffer, good until the next call. Call it with every plane that has
        foreground; it looks at every other one.
        """
        self._frames += 1
        if self._frames % _EVERY_FRAMES:
            return None
        cv2.absdiff(plane, self._recent[self._oldest], self.change)
        cv2.compare(self.change, limit, cv2.CMP_GT, self._changed)
        cv2.morphologyEx(self._changed, cv2.MORPH_OPEN, _CROSS, self._unchanged)
        cv2.dilate(self._unchanged, None, self._changed, iterations=_REACH_PIXELS)
        cv2.bitwise_not(self._changed, self._unchanged)
        cv2.add(self._counts, 1, self._counts)
        cv2.bitwise_and(self._counts, self._unchanged, self._counts)
        cv2.bitwise_and(self._counts, busy, self._counts)
        cv2.compare(self._counts, self._still_looks, cv2.CMP_GE, self._still)
        return self._still if cv2.countNonZero(self._still) else None
