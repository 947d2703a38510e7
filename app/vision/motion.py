"""Motion: a frame in; did something move, how much, where.

The order of a step, on a plane of 160×120 or so pixels:

    shrink, blur -> compare with the scene, except in ignore polygons; doubt it (guards.py) -> grow
    -> what stopped changing joins the scene, or learn -> contours -> the biggest one's area decides

While somebody is being followed, frames between two looks rest: the last answer stands (follow.py).

The seed of this is background subtraction by running average; `background.py` and `stillness.py` say what was
added. Nothing here reads a clock: `frames_per_second` turns the settings' seconds into frames.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

import cv2
import numpy as np

from app.domain import Box
from app.settings.motion import MotionSettings
from app.vision.background import Background
from app.vision.follow import Follow, Need
from app.vision.foreground import Foreground
from app.vision.guards import Found, Guards, Reseed
from app.vision.mask import Plane, watched
from app.vision.motion_rules import TURN_SECONDS, background_rules, frames
from app.vision.shrink import Shrink, check
from app.vision.stillness import Stillness

__all__ = ["Motion", "MotionDetector", "MotionSettings", "Reseed"]

_LOOKBACK_SECONDS = 0.4  # a slow walker at the far end moves a pixel in this time


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
    rested: bool = False
    """This frame was not looked at: somebody is being followed, and the answer is that of the last look."""


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
        self._reseed: Reseed | None = Reseed.START
        self._turned = False
        self._last, self._size = Motion(), (0, 0)
        self._turn_frames = frames(TURN_SECONDS, frames_per_second)
        self._frames = self._learned = 0

    def reseed(self) -> None:
        """Start the background anew with the next frame, silently. Call it when the camera has moved."""
        self._reseed = Reseed.ASKED

    def step(
        self, frame: np.ndarray[Any, Any], frame_size: tuple[int, int] | None = None, *, look: bool = False
    ) -> Motion:
        """Compare one frame with the background, then learn from it.

        frame: uint8, height×width×3 BGR or a height×width luma plane; only read, never kept.
        frame_size: (width, height) in whose pixels the boxes are given, for a luma plane that the camera shrank
            from the main picture; the frame's own size when None.
        look: whether the boxes are needed as of this very frame; otherwise it may rest.
        Raises ValueError for anything that is no picture.
        """
        check(frame, frame_size)
        if frame.shape != self._shape:
            self._allocate(frame.shape)
        reseeded, self._reseed = self._reseed, None
        if reseeded:
            self._turned = reseeded is Reseed.ASKED
            self._restart()
        self._frames += 1
        size = frame_size or (frame.shape[1], frame.shape[0])
        need = Need.LOOK if look or size != self._size else self._follow.next_needs()
        self._size = size
        if need is Need.NOTHING:
            self._last = self._last if self._last.rested else replace(self._last, rested=True)
            return self._last
        plane = self._stillness.next_plane(self._frames)
        self._shrink(frame, plane)
        if need is Need.GLANCE and self._follow.is_there(plane):
            return self._last
        if self._background.warming_up:
            self._last = self._warm_up(plane, reseeded)
        else:
            self._last = self._look(plane, size)
        return self._last

    def _restart(self) -> None:
        self._background.restart()
        self._guards.restart()
        self._follow.restart()

    def _warm_up(self, plane: Plane, reseeded: Reseed | None) -> Motion:
        background, stillness = self._background, self._stillness
        if self._turned and self._guards.turning.turned(
            plane, stillness.earlier_plane, background.change_limit
        ):
            background.restart()
        background.warm_up(plane)
        stillness.forget()
        self._learned = self._frames
        return Motion(warming_up=True, reseeded=reseeded)

    def _look(self, plane: Plane, frame_size: tuple[int, int]) -> Motion:
        found = self._guards.look(plane, self._last.moving, self._last.rested)
        if found.reseed:
            self._turned = True  # perhaps still does
            self._restart()
            return self._warm_up(plane, found.reseed)
        self._learn(found.plane, bool(found.figures))
        motion = self._answer(found, frame_size)
        self._follow.looked(plane, motion.moving and not self._guards.weather, motion.area_percent)
        return motion

    def _learn(self, plane: Plane, busy: bool) -> None:
        background, stillness = self._background, self._stillness
        if not busy:
            stillness.forget()
        passed = self._frames - self._learned
        if passed < self._turn_frames:
            return
        self._learned, turns = self._frames, passed / (TURN_SECONDS * self._fps)
        if not busy:
            background.learn(plane, turns)
            return
        grown, window = self._foreground.busy, self._foreground.window
        stood = passed if stillness.counting else self._turn_frames  # at most: they have only just come
        tenths = max(1, round(10 * stood / self._fps))
        settled = stillness.settled(plane, tenths, grown, window, background.change_limit)
        if settled is not None:
            background.absorb(plane, settled, window)
        background.learn_around(plane, turns, grown, window, stillness.change)

    def _answer(self, found: Found, frame_size: tuple[int, int]) -> Motion:
        if not found.figures:
            return Motion()
        big = [figure.outline for figure in found.figures if figure.area_percent >= found.least_percent]
        boxes = [self._in_frame(cv2.boundingRect(outline), frame_size) for outline in big]
        return Motion(moving=bool(boxes), area_percent=found.figures[0].area_percent, boxes=boxes)

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
        self._background = Background(width, height, background_rules(settings, fps), ignored)
        self._foreground = Foreground(width, height, settings.dilate_iterations)
        self._stillness: Stillness = Stillness(
            width,
            height,
            still_tenths=round(10 * (settings.still_seconds - TURN_SECONDS / 2)),  # the nearest turn
            lookback_frames=frames(_LOOKBACK_SECONDS, fps),
        )
        self._guards = Guards(settings, self._background, self._foreground, self._stillness, counted)
        self._follow = Follow(self._background, self._foreground, fps)
