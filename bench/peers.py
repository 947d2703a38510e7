"""Other ways to see motion, to measure beside ours: what each does to one frame, nothing more.

Each peer has `step(frame)`: a BGR frame in (Frigate takes its luma plane, too), the area of its biggest blob out, in
percent of the frame. So any gate on that area can be tried afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import cv2
import numpy as np
from scipy.ndimage import gaussian_filter  # type: ignore[import-untyped]

Frame = np.ndarray[Any, np.dtype[np.uint8]]


class Peer(Protocol):
    """One detector on one stream."""

    def step(self, frame: Frame) -> float:
        """The biggest blob's area in percent of the frame, 0 for none."""
        ...


def biggest_percent(mask: Frame) -> float:
    """The biggest outer contour of a binary mask, in percent of the mask."""
    contours = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)[-2]
    return 100 * max((cv2.contourArea(contour) for contour in contours), default=0.0) / mask.size


class Recipe:
    """What the ancestor of pycam did to every frame: 500 pixels wide by area averaging, grey, Gaussian 21×21, float64
    running average, difference, threshold, two dilations, contours."""

    def __init__(self) -> None:
        self._average: np.ndarray[Any, np.dtype[np.float64]] | None = None

    def step(self, frame: Frame) -> float:
        height, width = frame.shape[:2]
        small = cv2.resize(frame, (500, height * 500 // width), interpolation=cv2.INTER_AREA)
        grey = cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), (21, 21), 0)
        if self._average is None:
            self._average = grey.astype(np.float64)
            return 0.0
        cv2.accumulateWeighted(grey, self._average, 0.1)
        difference = cv2.absdiff(grey, cv2.convertScaleAbs(self._average))
        mask = cv2.threshold(difference, 5, 255, cv2.THRESH_BINARY)[1]
        return biggest_percent(np.asarray(cv2.dilate(mask, None, iterations=2), np.uint8))


class Subtractor:
    """A background subtractor of OpenCV's with its default parameters; shadows are no motion, lone pixels neither."""

    def __init__(self, make: Callable[[], cv2.BackgroundSubtractor], width: int = 0) -> None:
        """`width`: to which frames are shrunk first, 0 for none."""
        self._subtractor, self._width = make(), width
        self._cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))

    def step(self, frame: Frame) -> float:
        if self._width:
            height, width = frame.shape[:2]
            frame = np.asarray(cv2.resize(frame, (self._width, height * self._width // width)), np.uint8)
        mask = self._subtractor.apply(frame)
        mask = cv2.threshold(mask, 200, 255, cv2.THRESH_BINARY)[1]  # a shadow is 127
        mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, self._cross)
        return biggest_percent(np.asarray(cv2.dilate(mask, None, iterations=2), np.uint8))


class Frigate:
    """Frigate's "improved motion" at its defaults, written anew from what it does (threshold 30, height 100).

    A plane of 100 rows by picking pixels; contrast stretched between the 4th and 96th percentile, each a mean over 50
    frames; a 3×3 Gaussian; difference to a slow average; one dilation. It calibrates (learns fast, reports nothing)
    until little moves, and again once 80 % of the frame do. Under motion it does not learn for ten frames.

    In balance sooner than the original, because the percentiles' means start at the first frame's and not at 0 and 255.
    """

    OWN_GATE_PERCENT = 100 * 10 / (100 * 133)
    """Its default `contour_area` of 10, of a 4:3 plane."""

    _ROWS, _THRESHOLD = 100, 30
    _SLOW, _FAST = 0.01, 0.2
    _CONTRAST_FRAMES = 50
    _PATIENCE_FRAMES = 10
    _CALM, _LIGHTNING = 0.05, 0.8  # shares of the plane

    def __init__(self) -> None:
        self._limits: np.ndarray[Any, np.dtype[np.float64]] | None = None
        self._average: np.ndarray[Any, np.dtype[np.float32]] | None = None
        self._frames, self._moving_frames, self._calibrating = 0, 0, True

    def step(self, frame: Frame) -> float:
        plane = self._plane(frame if frame.ndim == 2 else np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)))
        if self._average is None:
            self._average = np.zeros(plane.shape, np.float32)
        difference = cv2.absdiff(plane, cv2.convertScaleAbs(self._average))
        mask = cv2.threshold(difference, self._THRESHOLD, 255, cv2.THRESH_BINARY)[1]
        mask = cv2.dilate(mask, None, iterations=1)
        contours = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)[-2]
        percents = [100 * cv2.contourArea(contour) / mask.size for contour in contours]
        blobs = [percent for percent in percents if percent > self.OWN_GATE_PERCENT]
        share = sum(percents) / 100
        if share < self._CALM and len(blobs) <= 4:
            self._calibrating = False
        if share > self._LIGHTNING:
            self._calibrating = True
        self._moving_frames = self._moving_frames + 1 if blobs else 0
        if not blobs or self._moving_frames >= self._PATIENCE_FRAMES:
            cv2.accumulateWeighted(plane, self._average, self._FAST if self._calibrating else self._SLOW)
        return 0.0 if self._calibrating else max(blobs, default=0.0)

    def _plane(self, luma: Frame) -> Frame:
        height, width = luma.shape
        size = (self._ROWS * width // height, self._ROWS)
        small = cv2.resize(luma, size, interpolation=cv2.INTER_NEAREST)
        low, high = (int(level) for level in np.percentile(small, (4, 96)))
        if low < high:
            if self._limits is None:
                self._limits = np.tile(np.array([low, high], np.float64), (self._CONTRAST_FRAMES, 1))
            self._limits[self._frames % self._CONTRAST_FRAMES] = low, high
            self._frames += 1
            dark, bright = self._limits.mean(axis=0)
            small = ((np.clip(small, dark, bright) - dark) * (255 / (bright - dark))).astype(np.uint8)
        return np.asarray(gaussian_filter(small, sigma=1, radius=1), np.uint8)


def mog2() -> Subtractor:
    """On frames 320 wide: a quarter of what it costs at 640."""
    return Subtractor(cv2.createBackgroundSubtractorMOG2, 320)


def knn() -> Subtractor:
    """On frames 320 wide, too."""
    return Subtractor(cv2.createBackgroundSubtractorKNN, 320)
