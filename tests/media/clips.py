"""Clips made on the spot."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np


def picture(index: int, size: tuple[int, int]) -> np.ndarray:
    """A red BGR picture that says which it is (0..99): the green of its halves stands for tens and units."""
    width, height = size
    bgr = np.zeros((height, width, 3), np.uint8)
    bgr[:, :, 2] = 200
    bgr[:, : width // 2, 1] = 24 * (index // 10 % 10)
    bgr[:, width // 2 :, 1] = 24 * (index % 10)
    return bgr


def number_in(bgr: np.ndarray) -> int:
    """Which picture this was, as far as the codec left it legible."""
    quarter = bgr.shape[1] // 4
    tens, units = (round(float(part[:, :, 1].mean()) / 24) for part in (bgr[:, :quarter], bgr[:, -quarter:]))
    return 10 * tens + units


def make_clip(
    path: Path,
    *,
    codec: str = "libx264",
    size: tuple[int, int] = (64, 48),
    fps: int = 10,
    frames: int = 20,
    gop: int = 10,
    start_pts: int = 0,
    options: dict[str, str] | None = None,
) -> Path:
    """Write `frames` numbered pictures; the format follows the path's suffix."""
    with av.open(str(path), "w", options=options or {}) as container:
        stream = container.add_stream(codec, rate=fps)
        stream.width, stream.height = size
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream.codec_context.gop_size = gop
        stream.time_base = Fraction(1, fps)
        for index in range(frames):
            frame = av.VideoFrame.from_ndarray(picture(index, size), format="bgr24")
            frame.pts = start_pts + index
            frame.time_base = Fraction(1, fps)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path
