"""Boxes drawn on a copy of a picture, for the eye of whoever gets the alert."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import cv2
import numpy as np

from app.domain import Box

_COLOUR = (60, 76, 231)  # BGR: a red that stands out on grass, brick and infrared grey alike
_RIM = (255, 255, 255)
_PER_PIXELS = 240  # one pixel of line for so many pixels of height, so that a phone's preview still shows it


def annotate(bgr: np.ndarray[Any, Any], boxes: Iterable[Box]) -> np.ndarray[Any, Any]:
    """A copy of `bgr` (height × width × 3, uint8) with `boxes` outlined; parts outside the picture are clipped."""
    picture = bgr.copy()
    line = max(1, round(bgr.shape[0] / _PER_PIXELS))
    for box in boxes:
        corners = (box.x, box.y), (box.x + box.w - 1, box.y + box.h - 1)
        cv2.rectangle(picture, *corners, _RIM, line + 2)
        cv2.rectangle(picture, *corners, _COLOUR, line)
    return picture
