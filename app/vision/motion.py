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
from app.vision.background import Background
from app.vision.foreground import Figure, Foreground
from app.vision.mask import Plane, watched
from app.vision.motion_rules import LEARN_EVERY_FRAMES, background_rules, frames
from app.vision.shrink import Shrink, check
from app.vision.stillness import LOOK_EVERY_FRAMES, Stillness
from app.vision.turning import Turning

__all__ = ["Motion", "MotionDetector", "MotionSettings", "Reseed"]

_CROWD = 8  # figures: not visitors but rain, snow or a shaken mast
_DOUBTFUL = 2.0  # among such, in changing light and in a new scene, somebody has to be so much larger
_RAINY_FRAMES = 3  # rain goes on: for so many frames more it is taken out at once, which saves the first look
_TO_BEGIN = 1.2  # so much larger to be seen first than to be followed: moths hover at the gate
_TURNED_PERCENT = 6.0  # of the plane: with less that differs no camera has turned
_TRUSTED_FRAMES = 3  # what has an outline is not asked for it again at once
_LOOKBACK_SECONDS = 0.4  # a slow walker at the far end moves a pixel in this time


class Reseed(StrEnum):
    """Why the background starts anew."""

    START = "first frame"
    ASKED = "asked for, as after a camera move"
    FRAME_SIZE = "the frame size changed"
    TURNED = "the camera was turned"
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
        self._turned = self._moving = False
        self._frames = self._trusted_frames = self._rainy_frames = 0
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
        check(frame, frame_size)
        if frame.shape != self._shape:
            self._allocate(frame.shape)
        reseeded, self._reseed = self._reseed, None
        if reseeded:
            self._turned = reseeded is Reseed.ASKED
            self._background.restart()
        plane = self._stillness.next_plane()
        self._shrink(frame, plane)
        return self._compare(plane, frame_size or (frame.shape[1], frame.shape[0]), reseeded)

    def _compare(self, plane: Plane, frame_size: tuple[int, int], reseeded: Reseed | None) -> Motion:
        background, stillness = self._background, self._stillness
        if background.warming_up:
            if self._turned and self._turning.turned(plane, stillness.earlier_plane, background.change_limit):
                background.restart()
            background.warm_up(plane)
            stillness.forget()
            self._moving = False
            return Motion(warming_up=True, reseeded=reseeded)
        least_percent = self._least_percent()
        if self._rainy_frames > 0:
            plane = stillness.steady_plane()
        covered = self._covered(background.compare(plane))
        if covered > (self._soft_light_pixels if self._trusted_frames <= 0 else self._whole_frame_pixels):
            covered = self._covered(background.compare_in_soft_light(plane))
            self._trusted_frames = 0 if background.light_changed else _TRUSTED_FRAMES
        if covered > self._whole_frame_pixels:
            return self._start_anew(plane, Reseed.WHOLE_FRAME)
        figures = self._figures(covered)
        if self._rainy_frames > 0:
            self._rainy_frames = 0 if background.light_changed else self._rainy_frames - 1
        elif len(figures) >= _CROWD:
            plane, figures = self._without_weather(plane, figures, covered)
            least_percent *= _DOUBTFUL
        self._trusted_frames -= 1
        if not figures or figures[0].area_percent < least_percent:
            self._trusted_frames = 0
        elif (
            covered > self._turned_pixels
            and self._foreground.reaches_everywhere
            and self._turning.turned_since(
                plane, background.scene, background.change_limit, background.exceeded, covered
            )
        ):
            return self._start_anew(plane, Reseed.TURNED)
        elif self._trusted_frames < 0:
            figures = self._without_light(plane, figures, least_percent)
        if background.light_changed:
            least_percent *= _DOUBTFUL
        if not figures or figures[0].area_percent < least_percent:
            background.settle_light()
        self._learn(plane, bool(figures))
        return self._answer(figures, least_percent, frame_size)

    def _least_percent(self) -> float:
        """What the biggest figure has to cover, as far as is known before the frame is looked at."""
        least_percent = self._settings.min_area_percent
        if self._rainy_frames > 0 or self._background.is_new:
            return least_percent * _DOUBTFUL
        return least_percent if self._moving else least_percent * _TO_BEGIN

    def _without_weather(
        self, plane: Plane, figures: list[Figure], covered: int
    ) -> tuple[Plane, list[Figure]]:
        """The plane and the figures without what was there for a single frame."""
        steady = self._stillness.steady_plane()
        steadily = self._covered(self._background.compare_again(steady))
        if steadily <= covered:
            light = self._background.light_changed
            self._rainy_frames = _RAINY_FRAMES if 2 * steadily <= covered and not light else 0
            return steady, self._figures(steadily)
        self._covered(self._background.compare_again(plane))  # no rain, but light that has just changed
        return plane, figures

    def _without_light(self, plane: Plane, figures: list[Figure], least_percent: float) -> list[Figure]:
        """The figures less what fades into its surroundings, which is taken into the scene."""
        background, foreground = self._background, self._foreground
        self._trusted_frames = _TRUSTED_FRAMES
        if foreground.is_soft(figures[0].outline, plane, background.scene):
            self._trusted_frames = 0
            figures = self._figures(self._covered(background.compare_in_soft_light(plane)))
            while figures and figures[0].area_percent >= least_percent:
                if not foreground.is_shadow(
                    figures[0].outline, plane, background.scene, background.difference
                ):
                    break
                foreground.busy[foreground.around(figures[0].outline)] = 0
                figures = figures[1:]
        return figures

    def _start_anew(self, plane: Plane, why: Reseed) -> Motion:
        self._turned = True  # perhaps still does
        self._background.restart()
        self._background.warm_up(plane)
        return Motion(warming_up=True, reseeded=why)

    def _learn(self, plane: Plane, busy: bool) -> None:
        background, foreground, stillness = self._background, self._foreground, self._stillness
        self._frames += 1
        if not busy:
            stillness.forget()
            if self._frames % LEARN_EVERY_FRAMES == 1:
                background.learn(plane)
        elif self._frames % LEARN_EVERY_FRAMES == 1:
            background.learn_around(plane, foreground.busy, foreground.window, stillness.change)
        elif self._frames % LOOK_EVERY_FRAMES == 0:  # not on a frame that learns, so that none costs both
            settled = stillness.settled(plane, foreground.busy, foreground.window, background.change_limit)
            if settled is not None:
                background.absorb(plane, settled, foreground.window)

    def _covered(self, exceeded: int) -> int:
        """How many pixels the figures among the exceeded ones cover; about, as long as they are not many."""
        if not exceeded or not self._foreground.find(self._background.exceeded):
            return 0
        return exceeded if exceeded <= self._soft_light_pixels else self._foreground.count()

    def _figures(self, covered: int) -> list[Figure]:
        """The biggest first."""
        if not covered:
            self._foreground.clear()
            return []
        self._foreground.grow()
        return self._foreground.figures()

    def _answer(self, figures: list[Figure], least_percent: float, frame_size: tuple[int, int]) -> Motion:
        self._moving = bool(figures) and figures[0].area_percent >= least_percent
        if not figures:
            return Motion()
        big = [figure.outline for figure in figures if figure.area_percent >= least_percent]
        boxes = [self._in_frame(cv2.boundingRect(outline), frame_size) for outline in big]
        return Motion(moving=bool(boxes), area_percent=figures[0].area_percent, boxes=boxes)

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
        self._turned_pixels = counted * _TURNED_PERCENT / 100
        self._whole_frame_pixels = counted * settings.whole_frame_percent / 100
        self._background = Background(width, height, background_rules(settings, fps), ignored)
        self._turning = Turning(width, height)
        self._foreground = Foreground(width, height, settings.dilate_iterations)
        self._stillness: Stillness = Stillness(
            width,
            height,
            still_frames=frames(settings.still_seconds, fps),
            lookback_frames=frames(_LOOKBACK_SECONDS, fps),
        )
