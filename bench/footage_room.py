"""The made-up room in which everything happens."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

Image = np.ndarray[Any, np.dtype[np.float32]]


def furnished(rng: np.random.Generator, width: int, height: int) -> Image:
    """Walls, furniture and texture, darker and brighter ones, BGR."""
    room = np.full((height, width), 115, np.float32)
    for cells, levels in ((3, 25), (16, 12), (60, 7)):
        patches = rng.normal(0, levels, (cells, cells)).astype(np.float32)
        room += cv2.resize(patches, (width, height), interpolation=cv2.INTER_CUBIC)
    for _ in range(14):
        x, y = rng.uniform(0, 0.9, 2)
        w, h = rng.uniform(0.04, 0.25, 2)
        corner = (int((x + w) * width), int((y + h) * height))
        shade = np.zeros_like(room)
        cv2.rectangle(shade, (int(x * width), int(y * height)), corner, float(rng.uniform(-40, 40)), -1)
        room += shade
    tint = np.array([0.92, 1.0, 1.06], np.float32)
    return np.clip(room, 15, 235)[:, :, None] * tint
