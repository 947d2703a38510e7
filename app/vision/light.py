"""Light that changes softly over a part of the frame, told from things by having no outline."""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np

Field: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.float32]]

_CELL_PIXELS = 4  # the field is smooth: a cell of 4×4 loses nothing
_MEDIAN_CELLS = 11  # ignores whatever covers less than half of a quarter of the frame's width
_MEAN_CELLS = 9  # the median keeps edges, and light has none
_MOST_LEVELS = 40.0  # a softer change than a lamp; more is a thing or a new view


def soft_change(change: Field) -> Field:
    """The smooth part of `change` (height×width float32 grey levels, signed), the same shape."""
    height, width = change.shape
    cells = cv2.resize(
        change, (max(1, width // _CELL_PIXELS), max(1, height // _CELL_PIXELS)), interpolation=cv2.INTER_AREA
    )
    bounded = np.clip(cells, -_MOST_LEVELS, _MOST_LEVELS)
    # Half levels in 8 bits, because large medians exist for 8 bits only.
    median = cv2.medianBlur(np.rint(bounded * 2 + 128).astype(np.uint8), _MEDIAN_CELLS)
    smooth = cv2.blur(median.astype(np.float32), (_MEAN_CELLS, _MEAN_CELLS))
    return cv2.resize((smooth - 128) / 2, (width, height), interpolation=cv2.INTER_LINEAR)
