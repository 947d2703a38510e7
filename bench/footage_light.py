"""Made-up light on part of the room, painted into pictures of float32 BGR."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np

from bench.footage_scenes import FRAMES_PER_SECOND

Image = np.ndarray[Any, np.dtype[np.float32]]


def switch_frames(rng: np.random.Generator, frames: int) -> set[int]:
    """When somebody uses the switch: every ten seconds or so."""
    planned = np.arange(90, frames, 100)
    return {int(at) for at in planned + rng.integers(-10, 10, len(planned))}


class PorchLamp:
    """A lamp that lights its surroundings, up to 80 % more in the middle, and leaves the rest dark."""

    def __init__(self, rng: np.random.Generator, width: int, height: int, _light: float) -> None:
        self._cone, self._on = _pool(rng, width, height, 0.35), False
        self._switches = switch_frames(rng, 1000)

    def paint(self, image: Image, number: int) -> None:
        self._on ^= number in self._switches
        if self._on:
            image *= 1 + 0.8 * self._cone


class Television:
    """A screen out of view throws its pictures' brightness onto a wall: often a little, sometimes a cut."""

    def __init__(self, rng: np.random.Generator, width: int, height: int, _light: float) -> None:
        self._rng, self._wall, self._shine = rng, _pool(rng, width, height, 0.2), 0.5

    def paint(self, image: Image, _number: int) -> None:
        drift = float(self._rng.normal(0, 0.05))
        if self._rng.random() < 0.06:
            drift = float(self._rng.uniform(-0.6, 0.6))
        self._shine = min(max(self._shine + drift, 0.0), 1.0)
        image *= 1 + 0.35 * self._shine * self._wall


class MainsFlicker:
    """Lamps that pulse with the mains while the sensor reads row by row: bands that wander through the picture."""

    def __init__(self, rng: np.random.Generator, _width: int, height: int, _light: float) -> None:
        self._rows = np.linspace(0, 2 * math.pi * 1.5, height, dtype=np.float32)[:, None, None]
        self._phase, self._wander = float(rng.uniform(0, 2 * math.pi)), float(rng.uniform(0.3, 1.2))

    def paint(self, image: Image, number: int) -> None:
        image *= 1 + 0.06 * np.sin(self._rows + self._phase + self._wander * number)


class CloudShadows:
    """The soft edge of a cloud's shadow crosses the yard every dozen seconds, and takes 35 % of the light."""

    def __init__(self, rng: np.random.Generator, width: int, _height: int, _light: float) -> None:
        self._columns = np.linspace(0, 1, width, dtype=np.float32)[None, :, None]
        self._start = float(rng.uniform(0, 12))

    def paint(self, image: Image, number: int) -> None:
        # Three seconds for its middle to cross the picture, and again three for the far edge.
        front = (number / FRAMES_PER_SECOND + self._start) % 12 / 3 - 0.25
        shadow = _edge(front - self._columns) * _edge(self._columns - (front - 2))
        image *= 1 - 0.35 * shadow


def _edge(distance: Image) -> Image:
    """From 0 to 1 over a third of the picture."""
    return np.asarray(1 / (1 + np.exp(-distance / 0.06)), np.float32)


def _pool(rng: np.random.Generator, width: int, height: int, share: float) -> Image:
    """A soft round spot somewhere, 1 in its middle; `share` of the height is its radius at 60 %."""
    x, y = rng.uniform(0.25, 0.75, 2) * (width, height)
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    distance = ((columns - x) ** 2 + (rows - y) ** 2) / (share * height) ** 2
    return np.asarray(cv2.exp(-0.5 * distance)[:, :, None], np.float32)
