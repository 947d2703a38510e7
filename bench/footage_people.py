"""Made-up visitors: when they come, where they are, what they look like."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

FIRST_VISIT = 40
Image = np.ndarray[Any, np.dtype[np.float32]]


@dataclass(frozen=True)
class Visit:
    """One way through the view. `x` is the figure's centre, 0..1 of the width, beyond it when out of view."""

    start: int
    walk_frames: int
    stand_frames: int
    leftwards: bool
    contrast: float
    feet: float

    def at(self, frame: int) -> tuple[float, bool] | None:
        """Where the visitor is and whether they walk, or None."""
        since = frame - self.start
        half = self.walk_frames // 2
        if not 0 <= since < self.walk_frames + self.stand_frames:
            return None
        walking = not half <= since < half + self.stand_frames
        steps = since if since < half else max(half, since - self.stand_frames)
        x = -0.1 + 1.2 * (steps + 0.5) / self.walk_frames
        return (1 - x if self.leftwards else x), walking


def visits(
    rng: np.random.Generator,
    frames: int,
    contrasts: Sequence[float],
    crossing_frames: tuple[int, int],
    stand_frames: int,
    *,
    already_there: bool = False,
) -> list[Visit]:
    """One after the other with pauses between, as many as there is time for. `already_there`: the first stands in
    the middle when the camera starts."""
    planned: list[Visit] = []
    start = FIRST_VISIT + int(rng.integers(0, 20))
    while contrasts:
        walk = int(rng.integers(*crossing_frames, endpoint=True))
        if already_there and not planned:
            start = -(walk // 2)
        if start + walk + stand_frames >= frames:
            break
        contrast, feet = float(rng.choice(contrasts)), float(rng.uniform(0.65, 0.95))
        planned.append(Visit(start, walk, stand_frames, bool(rng.integers(2)), contrast, feet))
        start += walk + stand_frames + int(rng.integers(45, 70))
    return planned


def paint(image: Image, visit: Visit, x: float, share_of_height: float, seconds: float) -> float:
    """Draw a walking figure over the image; returns how much of it is in view, 0..1."""
    height, width = image.shape[:2]
    tall = share_of_height * height
    middle, foot = x * width, visit.feet * height
    shape = np.zeros((height, width), np.float32)

    def spot(across: float, up: float) -> tuple[int, int]:
        return round(middle + across * tall), round(foot - up * tall)

    stride = 0.13 * math.sin(2 * math.pi * 1.1 * seconds)
    thick = max(1, round(0.07 * tall))
    for side in (-1, 1):
        cv2.line(shape, spot(0, 0.48), spot(side * stride, 0.02), 1.0, thick)
        cv2.line(shape, spot(side * 0.1, 0.78), spot(-side * stride, 0.45), 1.0, max(1, thick // 2))
    cv2.ellipse(shape, spot(0, 0.63), (round(0.12 * tall), round(0.2 * tall)), 0, 0, 360, 1.0, -1)
    cv2.circle(shape, spot(0, 0.91), round(0.08 * tall), 1.0, -1)
    whole = 2 * 0.13 * tall
    in_view = min(width, middle + whole / 2) - max(0, middle - whole / 2)
    left, right = max(0, int(middle - tall)), min(width, int(middle + tall) + 1)
    if left < right:
        cover = cv2.blur(shape[:, left:right], (3, 3))[:, :, None]
        behind = image[:, left:right]
        clothes = 0.4 * behind + 0.6 * cv2.blur(behind, (25, 25)) + visit.contrast
        image[:, left:right] = behind * (1 - cover) + clothes * cover
    return max(0.0, in_view / whole)
