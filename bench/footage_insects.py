"""Made-up insects before the lens, lit by its infrared lamp. None of them is a visitor."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np

from bench.footage_scenes import DRAWN_AT_HEIGHT, FRAMES_PER_SECOND

Image = np.ndarray[Any, np.dtype[np.float32]]

_LEVELS = 75


class Moths:
    """One at a time, for three seconds or so: it tumbles across the picture, out of focus, its wings flickering."""

    _PAUSE_FRAMES = (10, 40)
    _FLIGHT_FRAMES = (20, 45)

    def __init__(self, rng: np.random.Generator, width: int, height: int, light: float) -> None:
        self._rng, self._levels = rng, _LEVELS / light
        self._size, self._scale = np.array([width, height]), height / DRAWN_AT_HEIGHT
        self._rest, self._flight = int(rng.integers(*self._PAUSE_FRAMES)), 0
        self._at, self._speed, self._radius = np.zeros(2), np.zeros(2), 0.0

    def paint(self, image: Image, _number: int) -> None:
        rng = self._rng
        if self._rest:
            self._rest -= 1
            if not self._rest:
                self._flight = int(rng.integers(*self._FLIGHT_FRAMES))
                self._at, self._speed = rng.uniform(0.1, 0.9, 2) * self._size, np.zeros(2)
                self._radius = rng.uniform(4, 9) * self._scale
            return
        self._flight -= 1
        if not self._flight:
            self._rest = int(rng.integers(*self._PAUSE_FRAMES))
        self._speed = 0.7 * self._speed + rng.normal(0, 16 * self._scale, 2)
        self._at = np.clip(self._at + self._speed, 0, self._size - 1)
        wings = (max(1, round(self._radius)), max(1, round(self._radius * rng.uniform(0.3, 0.8))))
        spot = np.zeros(image.shape[:2], np.float32)
        centre = (int(self._at[0]), int(self._at[1]))
        cv2.ellipse(spot, centre, wings, float(rng.uniform(0, 180)), 0, 360, self._levels, -1)
        image += cv2.blur(spot, (5, 5))[:, :, None]


class Spider:
    """It hangs before the lens on a thread, swings in the wind, lets itself down and climbs up again."""

    def __init__(self, rng: np.random.Generator, _width: int, _height: int, light: float) -> None:
        self._levels = _LEVELS / light
        self._hook, self._depth = rng.uniform(0.2, 0.8), rng.uniform(0.35, 0.6)
        self._swing, self._climb = rng.uniform(0, 2 * math.pi, 2)
        self._legs = rng.uniform(0, 2 * math.pi)

    def paint(self, image: Image, number: int) -> None:
        seconds = number / FRAMES_PER_SECOND
        height, width = image.shape[:2]
        long = (self._depth + 0.2 * math.sin(2 * math.pi * seconds / 19 + self._climb)) * height
        lean = 0.06 * math.sin(2 * math.pi * 0.45 * seconds + self._swing)
        x, y = round(self._hook * width + lean * long), round(long)
        body = max(2, round(7 * height / DRAWN_AT_HEIGHT))
        spot = np.zeros((height, width), np.float32)
        cv2.line(spot, (round(self._hook * width), 0), (x, y), 0.2 * self._levels, 1)
        cv2.ellipse(spot, (x, y), (round(0.7 * body), body), 0, 0, 360, self._levels, -1)
        for leg in range(8):
            angle = self._legs + leg * math.pi / 4 + 0.3 * math.sin(5 * seconds + leg)
            end = (x + round(2 * body * math.cos(angle)), y + round(2 * body * math.sin(angle)))
            cv2.line(spot, (x, y), end, 0.5 * self._levels, 1)
        image += cv2.blur(spot, (5, 5))[:, :, None]
