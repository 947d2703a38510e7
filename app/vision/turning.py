"""Has the camera itself turned? Then the whole picture has moved as one piece."""

from __future__ import annotations

import cv2
import numpy as np

from app.vision.mask import Plane

_SHAKEN_PIXELS = 1.5  # of the plane, 6 of 640: wind shakes a mast by less
_EXPLAINED = (
    0.4  # of what differs between two planes, at most this much is left once one is shifted over the other
)
_LEAST_DIFFERING = 0.03  # of the plane: with less of it differing nothing can be said
_SAME_COVER = 0.1  # of the pixels that differ: a camera that turns changes more than that from frame to frame
_SPREAD_CELLS = (4, 3)  # a picture that moves as one piece differs everywhere; somebody walking does not
_LEAST_SPREAD = 0.7
_IN_A_CELL = 8  # of 255: less than 3 % of a cell is grain, or the edge of somebody


def is_everywhere(mask: Plane) -> bool:
    """Whether 255 is found all over the mask."""
    cells = cv2.resize(mask, _SPREAD_CELLS, interpolation=cv2.INTER_AREA)
    return int((cells >= _IN_A_CELL).sum()) >= _LEAST_SPREAD * cells.size


class Turning:
    """Compares whole planes of one size. For the frame on which much differs, not for every one."""

    def __init__(self, width: int, height: int) -> None:
        self._half = (max(2, width // 2), max(2, height // 2))
        self._asked_pixels = 0
        self._window = cv2.createHanningWindow(self._half, cv2.CV_32F)

    def turned_since(
        self, plane: Plane, scene: Plane, limit: Plane, differs: Plane, differing_pixels: int
    ) -> bool:
        """Whether `plane` is the scene shifted. It costs as much as a step: asked again only if other pixels differ."""
        if abs(differing_pixels - self._asked_pixels) < _SAME_COVER * differing_pixels:
            return False
        if not is_everywhere(differs):
            return False
        self._asked_pixels = differing_pixels
        return self.turned(plane, scene, limit)

    def turned(self, plane: Plane, before: Plane, limit: Plane) -> bool:
        """Whether `plane` is `before` shifted: then most of what differs by more than `limit` is explained by it."""
        height, width = plane.shape
        (across, down), _ = cv2.phaseCorrelate(self._small(before), self._small(plane), self._window)
        across, down = across * width / self._half[0], down * height / self._half[1]
        if (
            not max(abs(across), abs(down)) >= _SHAKEN_PIXELS
        ):  # neither with nan, of a plane without any contrast
            return False
        shift = np.array([[1, 0, across], [0, 1, down]])
        shifted = cv2.warpAffine(before, shift, (width, height), borderMode=cv2.BORDER_REPLICATE)
        seen = (
            slice(max(0, round(down)), height + min(0, round(down))),
            slice(max(0, round(across)), width + min(0, round(across))),
        )
        differs = cv2.compare(cv2.absdiff(plane, before)[seen], limit[seen], cv2.CMP_GT)
        left = cv2.compare(cv2.absdiff(plane, shifted)[seen], limit[seen], cv2.CMP_GT)
        count = cv2.countNonZero(differs)
        if count < _LEAST_DIFFERING * differs.size or cv2.countNonZero(left) > _EXPLAINED * count:
            return False
        return is_everywhere(differs)

    def _small(self, plane: Plane) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        return np.asarray(cv2.resize(plane, self._half, interpolation=cv2.INTER_AREA), np.float32)
