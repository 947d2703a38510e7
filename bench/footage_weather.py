"""Made-up wind, rain and snow, painted into pictures of float32 BGR."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np

from bench.footage_scenes import DRAWN_AT_HEIGHT, FRAMES_PER_SECOND

Image = np.ndarray[Any, np.dtype[np.float32]]


class Tree:
    """Light that leaves let through, moving in the wind."""

    def __init__(self, rng: np.random.Generator, width: int, height: int) -> None:
        blotches = cv2.resize(
            rng.random((12, 16)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC
        )
        crown = np.zeros((height, width), np.float32)
        centre = (int(rng.uniform(0.25, 0.75) * width), int(rng.uniform(0.2, 0.5) * height))
        cv2.circle(crown, centre, height // 5, 1.0, -1)
        self._shadow = np.clip(blotches, 0, 1) * cv2.blur(crown, (height // 10, height // 10))
        self._gusts = rng.uniform(0, 2 * math.pi, 3)

    def paint(self, image: Image, number: int) -> None:
        seconds = number / FRAMES_PER_SECOND
        pairs = zip((0.5, 0.9, 1.7), self._gusts, strict=True)
        wind = sum(math.sin(2 * math.pi * frequency * seconds + phase) for frequency, phase in pairs)
        image *= 1 - 0.25 * (0.5 + wind / 6) * np.roll(self._shadow, round(3 * wind), 1)[:, :, None]


class Drizzle:
    """Thin bright streaks, each in one frame only."""

    def __init__(self, rng: np.random.Generator, _width: int, _height: int, _light: float) -> None:
        self._rng = rng

    def paint(self, image: Image, _number: int) -> None:
        height, width = image.shape[:2]
        streaks = np.zeros((height, width), np.float32)
        for x, y in self._rng.integers(0, (width, height), (40, 2)):
            cv2.line(streaks, (int(x), int(y)), (int(x) + 2, int(y) + height // 16), 25.0, 1)
        image += streaks[:, :, None]


class Downpour:
    """Many streaks of every length, some near and thick, slanted by the wind."""

    _STREAKS, _LEVELS = 250, 40

    def __init__(self, rng: np.random.Generator, _width: int, _height: int, light: float) -> None:
        self._rng, self._levels = rng, self._LEVELS / light

    def paint(self, image: Image, _number: int) -> None:
        height, width = image.shape[:2]
        streaks = np.zeros((height, width), np.float32)
        places = self._rng.integers(0, (width, height), (self._STREAKS, 2))
        for (x, y), near in zip(places, self._rng.random(self._STREAKS), strict=True):
            long = height * (0.03 + 0.12 * near)
            start, end = (int(x), int(y)), (int(x + 0.2 * long), int(y + long))
            cv2.line(streaks, start, end, self._levels * (0.3 + 0.7 * near), 2 if near > 0.9 else 1)
        image += streaks[:, :, None]


class Snow:
    """Flakes that fall and drift: the nearer, the larger and faster; out of focus the nearest."""

    _FLAKES, _LEVELS = 150, 70
    _SMALLEST, _LARGEST = 0.7, 7.0  # radius in pixels
    _EXPOSURE = 0.3  # of the time between two frames

    def __init__(self, rng: np.random.Generator, width: int, height: int, light: float) -> None:
        scale = height / DRAWN_AT_HEIGHT
        self._size, self._levels = (width, height), self._LEVELS / light
        self._at = rng.uniform(0, (width, height), (self._FLAKES, 2))
        # As many in each layer of the air: the share of those that look larger than r falls with its square.
        radius = np.clip(self._SMALLEST / np.sqrt(rng.uniform(0.004, 1, self._FLAKES)), None, self._LARGEST)
        self._radius = radius * scale
        self._speed = np.stack([rng.normal(3, 2, self._FLAKES), 4 + 5 * radius], 1) * scale
        self._phase = rng.uniform(0, 2 * math.pi, self._FLAKES)

    def paint(self, image: Image, number: int) -> None:
        step = self._speed.copy()
        step[:, 0] += self._speed[:, 1] * 0.4 * np.sin(2 * number / FRAMES_PER_SECOND + self._phase)
        self._at = (self._at + step) % self._size
        flakes = np.zeros(image.shape[:2], np.float32)
        for (x, y), (dx, dy), radius in zip(self._at, step * self._EXPOSURE, self._radius, strict=True):
            thick = max(1, round(2 * radius))
            shine = self._levels / (1 + 0.15 * radius)  # the same light over a larger spot
            cv2.line(flakes, (int(x), int(y)), (int(x + dx), int(y + dy)), float(shine), thick, cv2.LINE_AA)
        image += cv2.blur(flakes, (3, 3))[:, :, None]
