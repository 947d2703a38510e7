"""Made-up cameras: what they see of the room, their sensors, their infrared lamps, their video compression."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np

Image = np.ndarray[Any, np.dtype[np.float32]]
Frame = np.ndarray[Any, np.dtype[np.uint8]]

_FIRST_PAN, _PAN_EVERY, _PAN_FRAMES = 110, 120, 20


def grain(rng: np.random.Generator, width: int, height: int, levels: float) -> Image:
    """Sensor noise as a camera delivers it: the channels have some of it in common."""
    shared = rng.standard_normal((height, width, 1), np.float32)
    own = rng.standard_normal((height, width, 3), np.float32)
    return np.asarray(levels * (0.6 * shared + 0.8 * own), np.float32)


def clumped(noise: Image) -> Image:
    """Noise as strong as before but in clumps of some pixels: what a camera's own noise filter leaves at night."""
    soft = cv2.GaussianBlur(noise, (0, 0), 1.5)
    return np.asarray(soft * (0.6 * noise.std() / soft.std()) + 0.5 * noise, np.float32)


def view(room: Image, width: int, height: int, corner: tuple[int, int], sway: np.ndarray[Any, Any]) -> Image:
    """A copy of the part of the room at `corner` (x, y), shifted by `sway` pixels."""
    x, y = corner
    if not sway.any():
        return room[y : y + height, x : x + width].copy()
    shift = np.array([[1, 0, sway[0] - x], [0, 1, sway[1] - y]])
    return np.asarray(
        cv2.warpAffine(room, shift, (width, height), borderMode=cv2.BORDER_REPLICATE), np.float32
    )


def pan_margin(width: int) -> int:
    """How many pixels of room there must be beside the view of a camera that pans."""
    return width // 8


def panned(number: int, width: int) -> tuple[int, bool]:
    """By how many pixels the view is turned at this frame, and whether it is turning.

    By `pan_margin` within two seconds, every twelve, and back again the next time.
    """
    turn, since = divmod(number - _FIRST_PAN, _PAN_EVERY)
    if turn < 0:
        return 0, False
    done = min((since + 1) / _PAN_FRAMES, 1.0)
    return round(pan_margin(width) * (1 - done if turn % 2 else done)), since < _PAN_FRAMES


class Infrared:
    """A camera that goes over to its infrared lamp at dusk and back: grey instead of colour, brighter in the middle,
    other noise; cloth and leaves shine that were dark. The filter moves for two frames, then the exposure settles."""

    def __init__(self, rng: np.random.Generator, width: int, height: int, frames: int) -> None:
        self._on, self._off = (
            frames // 3 + int(rng.integers(0, 20)),
            3 * frames // 4 + int(rng.integers(0, 20)),
        )
        rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
        far = (columns / width - 0.5) ** 2 + (rows / height - 0.5) ** 2
        shine = cv2.resize(
            rng.normal(1, 0.25, (9, 12)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC
        )
        self._lamp = np.asarray(np.clip(shine, 0.4, 1.8) * (0.4 + 0.9 * np.exp(-4 * far)), np.float32)

    def settling(self, number: int) -> bool:
        """Whether the camera is going over, or has just done so."""
        return any(0 <= number - at < 20 for at in (self._on, self._off))

    def noise(self, number: int) -> float:
        """How much of the dusk's noise there is at this frame."""
        return 0.6 if self._on <= number < self._off else 1.0

    def lit(self, image: Image, number: int, dusk: float) -> Image:
        """The picture by the lamp while it is on, else by what daylight is left (`dusk`, a factor)."""
        if number < self._on:
            return image * dusk
        since = number - (self._on if number < self._off else self._off)
        exposure = 0.3 if since < 2 else 1 + 0.5 * math.exp(-(since - 2) / 2)
        if number >= self._off:
            return image * (dusk * exposure)
        grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) * self._lamp * (0.75 * exposure)
        return np.asarray(cv2.merge([grey, grey, grey]), np.float32)


class Compression:
    """What a stream of few bits leaves of a picture: coarse blocks, each sent anew only if it changed more than most,
    and all of them together every two seconds, so that the whole noise jumps."""

    _BLOCK, _QUALITY, _KEY_EVERY = 16, 30, 20

    def __init__(self) -> None:
        self._sent: Frame | None = None
        self._frames = 0

    def take(self, frame: Frame) -> Frame:
        packed = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, self._QUALITY])[1]
        coarse = np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)
        if self._sent is None or self._frames % self._KEY_EVERY == 0:
            self._sent = coarse
        else:
            height, width = frame.shape[:2]
            blocks = (width // self._BLOCK, height // self._BLOCK)
            change = cv2.absdiff(frame, self._sent).mean(axis=2)
            change = cv2.resize(change, blocks, interpolation=cv2.INTER_AREA)
            anew = (change > 1.15 * np.median(change)).astype(np.uint8)
            anew = cv2.resize(anew, (width, height), interpolation=cv2.INTER_NEAREST)
            self._sent = np.where(anew[:, :, None] > 0, coarse, self._sent)
        self._frames += 1
        return self._sent.copy()
