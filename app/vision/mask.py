"""Ignore polygons, in fractions of the frame, painted as a mask of the pixels that count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import cv2
import numpy as np

Plane: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.uint8]]
Polygon: TypeAlias = Sequence[tuple[float, float]]

_SUBPIXEL_BITS = 4  # 1/16 pixel: a polygon edge lands where it was drawn, not on the next whole pixel


def watched(ignore: Sequence[Polygon], width: int, height: int) -> Plane:
    """A height×width uint8 plane: 255 where motion counts, 0 inside any of the `ignore` polygons.

    Points are (x, y) in 0..1 of the frame, from its top left corner to its bottom right one.
    """
    mask = np.full((height, width), 255, np.uint8)
    for polygon in ignore:
        # The centre of the first pixel is 0 for OpenCV, but half a pixel into the frame for us.
        corners = np.asarray(polygon, np.float64) * (width, height) - 0.5
        fixed_point = np.rint(corners * (1 << _SUBPIXEL_BITS)).astype(np.int32)
        cv2.fillPoly(mask, [fixed_point], 0, shift=_SUBPIXEL_BITS)
    return mask
