"""Motion: a frame in; did something move, how much, where.

The order of a step, on a plane of 160×120 or so pixels:

    shrink, blur -> compare with the scene, except in ignore polygons -> whole-frame guard -> grow
    -> what stopped changing joins the scene, or learn -> contours -> the biggest one's area decides

The seed of this is background subtraction by running average; `background.py` and `stillness.py` say what was
added. Nothing here reads a clock: `frames_per_second` turns the settings' seconds into frames.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import cv2
import numpy as np

from app.domain import Box
from app.settings.motion import MotionSettings
from app.vision.background import LEARN_EVERY_FRAMES, SLOW_EVERY_FRAMES, Background, BackgroundRules
from app.vision.foreground import Foreground
from app.vision.mask import Plane, watched
from app.vision.shrink import Shrink
from app.vision.stillness import Stillness

__all__ = ["Motion", "MotionDetector", "MotionSettings", "Reseed"]

_LOOKBACK_SECONDS = 0.4  # a slow walker at the far end moves a pixel in this time
_YOUNG_SECONDS = 3.0  # of a new background, in which wind is learned fast; longer would dull it to a visitor
_BUSY_SCENE_SECONDS = 25.0  # under foreground the scene drifts only as fast as daylight does
_BUSY_NOISE_SECONDS = 8.0  # a tree in the wind is learned in this time, a passer-by is not
_FEWEST_WARM_UP_FRAMES = 3  # the least with a median; at one frame a second the setting would come to one
_MIN_SIDE_PIXELS = 16  # a smaller frame is a broken stream, not a view


class Reseed(StrEnum):
    """Why the background starts anew."""

    START = "first frame"
    ASKED = "asked for, as after a camera move"
    FRAME_SIZE = "the frame size changed"
    WHOLE_FRAME = "the whole frame changed, as by light or a moved camera"


@dataclass(frozen=True, slots=True)
class Motion:
    """What one frame showed."""

    moving: bool = False
    area_percent: float = 0.0
    """Share of the frame, 0..100, that the biggest blob covers, also when that is too little to count."""
    boxes: list[Box] = field(default_factory=list)
    """Every blob that is big enough, biggest first, in frame pixels."""
    warming_up: bool = False
    """The background is being learned; nothing can be reported yet."""
    reseeded: Reseed | None = None
    """Set on the frame with which the background starts anew."""


class MotionDetector:
    """Running-average background subtraction for one stream. Not thread-safe.

    `frames_per_second` is the rate at which `step` will be called; the settings' seconds become frames by it.
    """

    def __init__(self, settings: MotionSettings, *, frames_per_second: float = 10.0) -> None:
        if not (math.isfinite(frames_per_second) and frames_per_second > 0):
            raise ValueError(f"frames_per_second must be a positive number, not {frames_per_second!r}")
        self._settings = settings
        self._fps = frames_per_second
        self._shape: tuple[int, ...] = ()
        self._learning = False
        self._reseed: Reseed | None = Reseed.START

    def reseed(self) -> None:
        """Start the background anew with the next frame, silently. Call it when the camera has moved."""
        self._reseed = Reseed.ASKED

    def step(self, frame: np.ndarray[Any, Any], frame_size: tuple[int, int] | None = None) -> Motion:
        """Compare one frame with the background, then learn from it.

        frame: uint8, height×width×3 BGR or a height×width luma plane; only read, never kept.
        frame_size: (width, height) in whose pixels the boxes are given, for a luma plane that the camera shrank
            from the main picture; the frame's own size when None.
        Raises ValueError for anything that is no picture.
        """
        _check(frame, frame_size)
        if frame.shape != self._shape:
            self._allocate(frame.shape)
        reseeded, self._reseed = self._reseed, None
        if reseeded:
            self._background.restart()
        plane = self._stillness.next_plane()
        self._shrink(frame, plane)
        return self._compare(plane, frame_size or (frame.shape[1], frame.shape[0]), reseeded)

    def _compare(self, plane: Plane, frame_size: tuple[int, int], reseeded: Reseed | None) -> Motion:
        background, foreground, stillness = self._background, self._foreground, self._stillness
        if background.warming_up:
            background.warm_up(plane)
            stillness.forget()
            return Motion(warming_up=True, reseeded=reseeded)
        covered = self._covered(background.compare(plane))
        if covered > self._soft_light_pixels:
            covered = self._covered(background.compare_in_soft_light(plane))
        if covered > self._whole_frame_pixels:
            background.restart()
            background.warm_up(plane)
            return Motion(warming_up=True, reseeded=Reseed.WHOLE_FRAME)
        self._learning = not self._learning  # every other frame; the one between looks for what stands still
        if not covered:
            foreground.clear()
            stillness.forget()
            if self._learning:
                background.learn(plane)
            return Motion()
        foreground.grow()
        if self._learning:
            background.learn_around(plane, foreground.busy, foreground.window, stillness.change)
        else:
            settled = stillness.settled(plane, foreground.busy, foreground.window, background.change_limit)
            if settled is not None:
                background.absorb(plane, settled, foreground.window)
        return self._measure(frame_size)

    def _covered(self, exceeded: int) -> int:
        """How many pixels the figures among the exceeded ones cover; about, as long as they are not many."""
        if not exceeded or not self._foreground.find(self._background.exceeded):
            return 0
        return exceeded if exceeded <= self._soft_light_pixels else self._foreground.count()

    def _measure(self, frame_size: tuple[int, int]) -> Motion:
        contours = self._foreground.outlines()
        areas = [100.0 * cv2.contourArea(contour) / self._foreground.busy.size for contour in contours]
        order = sorted(range(len(areas)), key=areas.__getitem__, reverse=True)
        big = [index for index in order if areas[index] >= self._settings.min_area_percent]
        boxes = [self._in_frame(cv2.boundingRect(contours[index]), frame_size) for index in big]
        return Motion(moving=bool(boxes), area_percent=max(areas), boxes=boxes)

    def _in_frame(self, rectangle: tuple[int, int, int, int], frame_size: tuple[int, int]) -> Box:
        x, y, w, h = rectangle
        scale_x = self._shrink.stride * frame_size[0] / self._shape[1]
        scale_y = self._shrink.stride * frame_size[1] / self._shape[0]
        left, top = math.floor(x * scale_x), math.floor(y * scale_y)
        right, bottom = math.ceil((x + w) * scale_x), math.ceil((y + h) * scale_y)
        return Box(left, top, min(right, frame_size[0]) - left, min(bottom, frame_size[1]) - top)

    def _allocate(self, shape: tuple[int, ...]) -> None:
        """Everything that depends on the frame's shape; a new shape is a new background."""
        settings, fps = self._settings, self._fps
        if self._shape:
            self._reseed = self._reseed or Reseed.FRAME_SIZE
        self._shape = shape
        self._shrink = Shrink(shape, settings.width_pixels, settings.blur_pixels)
        width, height = self._shrink.width, self._shrink.height
        ignored = cv2.bitwise_not(watched(settings.ignore, width, height)) if settings.ignore else None
        counted = width * height - (0 if ignored is None else cv2.countNonZero(ignored))
        self._soft_light_pixels = counted * settings.soft_light_percent / 100
        self._whole_frame_pixels = counted * settings.whole_frame_percent / 100
        self._background = Background(width, height, _rules(settings, fps), ignored)
        self._foreground = Foreground(width, height, settings.dilate_iterations)
        self._stillness: Stillness = Stillness(
            width,
            height,
            still_frames=_frames(settings.still_seconds, fps),
            lookback_frames=_frames(_LOOKBACK_SECONDS, fps),
        )


def _check(frame: object, frame_size: tuple[int, int] | None) -> None:
    if not isinstance(frame, np.ndarray):
        raise ValueError(f"a frame is a numpy array, not {type(frame).__name__}")
    if frame.dtype != np.uint8:
        raise ValueError(f"a frame has 8-bit pixels (uint8), not {frame.dtype}")
    if not (frame.ndim == 2 or (frame.ndim == 3 and frame.shape[2] == 3)):
        raise ValueError(f"a frame is height×width×3 (BGR) or height×width (luma), not {frame.shape}")
    if min(frame.shape[:2]) < _MIN_SIDE_PIXELS:
        raise ValueError(f"a frame has at least {_MIN_SIDE_PIXELS} pixels each way, not {frame.shape}")
    if frame_size is not None and min(frame_size) < 1:
        raise ValueError(f"frame_size is (width, height) in pixels, not {frame_size}")


def _rules(settings: MotionSettings, fps: float) -> BackgroundRules:
    return BackgroundRules(
        warm_up_frames=max(_frames(settings.warm_up_seconds, fps), _FEWEST_WARM_UP_FRAMES),
        young_frames=_frames(_YOUNG_SECONDS, fps),
        scene_weight=_weight(settings.background_seconds, fps / LEARN_EVERY_FRAMES),
        noise_weight=_weight(settings.noise_seconds, fps / LEARN_EVERY_FRAMES),
        mean_weight=_weight(settings.background_seconds, fps),
        busy_scene_weight=_weight(_BUSY_SCENE_SECONDS, fps / SLOW_EVERY_FRAMES),
        busy_noise_weight=_weight(_BUSY_NOISE_SECONDS, fps / SLOW_EVERY_FRAMES),
        threshold_levels=settings.threshold_levels,
        noise_multiple=settings.noise_multiple,
        edge_slack=settings.edge_slack_percent / 100,
        light_change=settings.light_change_percent / 100,
    )


def _frames(seconds: float, fps: float) -> int:
    return max(1, round(seconds * fps))


def _weight(seconds: float, fps: float) -> float:
    """The weight per frame of a running average with this time constant."""
    return 1 - math.exp(-1 / (seconds * fps))
