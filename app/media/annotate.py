"""Boxes and the time drawn on a copy of a picture, for the eye of whoever gets the alert."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import cv2
import numpy as np

from app.domain import Box

_COLOUR = (60, 76, 231)  # BGR: a red that stands out on grass, brick and infrared grey alike
_RIM = (255, 255, 255)
_PER_PIXELS = 240  # one pixel of line for so many pixels of height, so that a phone's preview still shows it

_FONT = cv2.FONT_HERSHEY_SIMPLEX
_STAMP_PER_HEIGHT = 28  # so small a part of the height: can be read on a phone, and hides little
_LEAST_STAMP_PIXELS = 8  # smaller letters of this font cannot be read
_BACK = (0, 0, 0)


def annotate(bgr: np.ndarray[Any, Any], boxes: Iterable[Box], stamp: str = "") -> np.ndarray[Any, Any]:
    """A copy of `bgr` (height × width × 3, uint8) with `boxes` outlined, and `stamp` (ASCII) in its lower left corner;
    parts outside the picture are clipped."""
    picture = bgr.copy()
    line = max(1, round(bgr.shape[0] / _PER_PIXELS))
    for box in boxes:
        corners = (box.x, box.y), (box.x + box.w - 1, box.y + box.h - 1)
        cv2.rectangle(picture, *corners, _RIM, line + 2)
        cv2.rectangle(picture, *corners, _COLOUR, line)
    if stamp:
        _write(picture, stamp)
    return picture


def _write(picture: np.ndarray[Any, Any], stamp: str) -> None:
    """On a dark ground: snow and night alike would swallow the letters."""
    height = picture.shape[0]
    tall = max(_LEAST_STAMP_PIXELS, round(height / _STAMP_PER_HEIGHT))
    line = max(1, round(tall / 12))
    scale = cv2.getFontScaleFromHeight(_FONT, tall, line)
    (wide, _), below = cv2.getTextSize(stamp, _FONT, scale, line)
    rim = tall // 2
    top = height - tall - below - rim
    cv2.rectangle(picture, (0, top), (wide + 2 * rim, height), _BACK, cv2.FILLED)
    cv2.putText(picture, stamp, (rim, height - below - rim // 2), _FONT, scale, _RIM, line, cv2.LINE_AA)
