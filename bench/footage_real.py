"""Real footage with truth made by hand, where it lies beside the project."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

Frame = np.ndarray[Any, np.dtype[np.uint8]]

CLIP = Path(__file__).resolve().parents[2] / "shared" / "clips" / "three-visits.mp4"
VISITS = ((6.6, 20.8), (23.1, 46.0), (50.6, 71.4))
"""Seconds; each visitor walks in, stands, walks out."""
WALK_SECONDS = 2.0  # so long a visitor surely walks, after coming and before leaving
SHADOW_SECONDS = 1.0  # a faint shadow comes before the visitor, and stays behind
GONE_SECONDS = 1.0  # of a visit's time, at its end, only a foot or that shadow is left


def real_clip(width: int = 640, height: int = 480) -> Iterator[tuple[Frame, str]]:
    """The clip's frames, 10 a second, and their truth, marked as in `bench.footage`."""
    with av.open(str(CLIP)) as clip:
        for picture in clip.decode(video=0):
            frame = cv2.resize(picture.to_ndarray(format="bgr24"), (width, height))
            yield np.asarray(frame, np.uint8), _mark(float(picture.time or 0.0))


def _mark(seconds: float) -> str:
    for came, left in VISITS:
        if came - SHADOW_SECONDS <= seconds <= left + SHADOW_SECONDS:
            walks_in = came < seconds < came + WALK_SECONDS
            walks_out = left - WALK_SECONDS < seconds < left - GONE_SECONDS
            return "1" if walks_in or walks_out else "-"
    return "0"
