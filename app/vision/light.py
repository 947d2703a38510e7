"""Light that changes softly over a part of the frame, told from things by having no outline."""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np

from app.vision.mask import Plane

Field: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.float32]]

_CELL_PIXELS = 4  # the field is smooth: a cell of 4×4 loses nothing
_MEDIAN_CELLS = 11  # ignores whatever covers less than half of a quarter of the frame's width
_MEAN_CELLS = 9  # the median keeps edges, and light has none
_STEPS_PER_DOUBLING = 80.0  # of the light, in 8 bits: steps of 0.9 %, and a range of ±1.6 doublings
_NO_CHANGE = 128


def soft_change(plane: Plane, scene: Plane) -> Field:
    """By which factor the light on the scene has changed, where it has done so smoothly; height×width float32.

    A factor, because light multiplies: dark cloth stays dark in it.
    """
    height, width = plane.shape
    cells = (max(1, width // _CELL_PIXELS), max(1, height // _CELL_PIXELS))
    after, before = (
        cv2.resize(picture, cells, interpolation=cv2.INTER_LINEAR).astype(np.float32) + 1.0
        for picture in (plane, scene)
    )
    doublings = np.rint(np.log2(after / before) * _STEPS_PER_DOUBLING + _NO_CHANGE)
    # In 8 bits, because large medians exist for 8 bits only.
    median = cv2.medianBlur(np.clip(doublings, 0, 255).astype(np.uint8), _MEDIAN_CELLS)
    smooth = cv2.blur(median.astype(np.float32), (_MEAN_CELLS, _MEAN_CELLS))
    factor = np.exp2((smooth - _NO_CHANGE) / _STEPS_PER_DOUBLING)
    return np.asarray(cv2.resize(factor, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
