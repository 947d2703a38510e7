"""Which foreground has stopped changing: somebody who stands still, or the hole they left behind."""

from __future__ import annotations

import cv2
import numpy as np

from app.vision.foreground import CROSS, Window, square
from app.vision.mask import Plane

_REACH = square(3)  # a flat coat shows change only at its outline; its inside is as alive as that


class Stillness:
    """Counts, per pixel, for how long foreground has stayed as it is, and keeps the planes that takes.

    Per pixel and not per blob, because the ghost of somebody who just left touches them for a while, and
    because somebody at a desk moves only the arms.
    """

    def __init__(self, width: int, height: int, *, still_tenths: int, lookback_frames: int) -> None:
        shape = (height, width)
        self._still_tenths = min(max(1, still_tenths), 255)  # counts are 8 bits: 25 s fit
        self._lookback = lookback_frames
        self._recent = [np.zeros(shape, np.uint8) for _ in range(max(lookback_frames + 1, 3))]
        self._taken = [0] * len(self._recent)
        self._newest = 0
        self._counts = np.zeros(shape, np.uint8)
        self.counting = False
        """Whether there was foreground at the last look."""
        self._changed, self._unchanged = np.empty(shape, np.uint8), np.empty(shape, np.uint8)
        self._steady = np.empty(shape, np.uint8)
        self._step = np.ones(shape, np.uint8)  # adding a plane takes a third of the time of adding a number
        self._step_tenths = 1
        self.change = np.zeros(shape, np.uint8)
        """Grey levels between the last plane that `settled` looked at and the `earlier_plane` then."""

    def next_plane(self, number: int) -> Plane:
        """Where the frame of this number is to be written: the oldest plane kept. Not every frame needs to be."""
        self._newest = (self._newest + 1) % len(self._recent)
        self._taken[self._newest] = number
        return self._recent[self._newest]

    @property
    def earlier_plane(self) -> Plane:
        """The youngest plane that is at least `lookback_frames` old."""
        long_ago, age = self._taken[self._newest] - self._lookback, 1
        while age < self._lookback and self._taken[self._newest - age] > long_ago:
            age += 1
        return self._recent[self._newest - age]

    def steady_plane(self) -> Plane:
        """Each pixel's median of the last three planes: without what was there for one of them only, as a raindrop.

        This object's own buffer, good until the next call.
        """
        newest, middle, oldest = (self._recent[self._newest - age] for age in range(3))
        cv2.min(newest, middle, self._changed)
        cv2.max(newest, middle, self._steady)
        cv2.min(self._steady, oldest, self._steady)
        return np.asarray(cv2.max(self._steady, self._changed, self._steady), np.uint8)

    def forget(self) -> None:
        """No foreground: every count starts anew."""
        if self.counting:
            self._counts.fill(0)
            self.counting = False

    def settled(self, plane: Plane, tenths: int, busy: Plane, window: Window, limit: Plane) -> Plane | None:
        """255 where `busy` pixels have not changed by more than `limit` for `still_tenths`; None if nowhere.

        Nothing is busy outside of `window`, and the mask is of the window only: this object's own buffer, good until
        the next call. Call it about once a turn while there is foreground; `tenths` of a second have passed.
        """
        self.counting = True
        still, unchanged, counts = self._changed[window], self._unchanged[window], self._counts[window]
        change = self.change[window]
        cv2.absdiff(plane[window], self.earlier_plane[window], change)
        # What changed, less lone pixels, grown; seen from the other side, which is the one that is needed.
        cv2.compare(change, limit[window], cv2.CMP_LE, still)
        cv2.dilate(still, CROSS, unchanged)
        cv2.erode(unchanged, _REACH, still)
        if tenths != self._step_tenths:
            self._step.fill(tenths)
            self._step_tenths = tenths
        cv2.add(counts, self._step[window], counts)
        cv2.bitwise_and(counts, still, counts)
        # The whole plane, because the window moves with the visitor.
        cv2.bitwise_and(self._counts, busy, self._counts)
        cv2.threshold(counts, self._still_tenths - 1, 255, cv2.THRESH_BINARY, still)
        return still if cv2.countNonZero(still) else None
