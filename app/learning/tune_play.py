"""One clip through the real eyes, in several ways at once: as set, and with this or that turned. No clock of its own.

The clip is decoded once, a frame at a time; all ways step on the same frame. Ways of the same motion settings share
its motion, and the person model is asked once for each frame and region, however many ways ask. A way that has
alerted is done: what tuning wants to know is whether and when.

The pre-roll is looked at as by a camera that does not watch yet: the scene is learned, and who left just before does
not count as come. So the alert that is found is that of the event.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from app.domain import Box, Detection
from app.learning.tune_knobs import Knobs, turned
from app.media.frame import Frame
from app.media.sources import SourceError
from app.media.sources.file import FileSource
from app.settings import CameraSettings, Settings
from app.vision.gate import Gate, Look, Picture, Seen
from app.vision.motion import Motion, MotionDetector
from app.vision.pipeline import Pipeline, motion_for, pipeline_for
from app.vision.trigger import Started


class NotPlayed(Exception):
    """The clip cannot be read; the message says why."""


class NoModel(NotPlayed):
    """There is none to ask, it fails, or it is another than the samples were taken with."""


@dataclass(frozen=True, slots=True)
class Reel:
    """A clip on the disk. Times in seconds into it."""

    path: Path
    size: tuple[int, int]
    """Width and height of what the camera saw, pixels; the clip may have been made smaller."""
    lead: float
    """The event's beginning."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What one way made of a clip. `motion` and `person` as in the seed's table: enough frames moved within one
    window, and somebody was seen."""

    alert: float | None
    """When, in seconds into the clip; None: it did not alert."""
    motion: bool
    person: bool


def played(
    reel: Reel,
    ways: Sequence[Knobs],
    settings: Settings,
    camera: CameraSettings,
    gate: Gate,
    *,
    most_delay: float | None = None,
    check_time: Callable[[], None] = lambda: None,
) -> list[Sight]:
    """What each of `ways` makes of the clip; the first one is as set.

    most_delay   seconds after the first way's alert, from which on nobody wants to know; None: to the clip's end.
    check_time   is called before each frame and may raise.

    Raises NotPlayed.
    """
    looks = _Looks(gate)
    motions: dict[Any, _OnceAFrame] = {}

    def eyes_with(knobs: Knobs) -> _Eyes:
        theirs, its = turned(settings, camera, knobs)
        motion = motions.setdefault((theirs.motion, its.ignore), _OnceAFrame(motion_for(theirs, its)))
        asked: Gate = _Asked(gate, looks, knobs.min_score or 0.0) if gate.ready else gate
        pipeline = pipeline_for(theirs, its, asked, motion)
        return _Eyes(pipeline, window_frames=settings.trigger.window_frames, needed=knobs.min_moving_frames)

    eyes = [eyes_with(knobs) for knobs in ways]
    armed = reel.lead - settings.trigger.window_frames / camera.fps
    source = FileSource(reel.path, as_fast_as_possible=True)
    try:
        with source:
            while any(one.alert is None for one in eyes):
                check_time()
                frame = source.read()
                first = eyes[0].alert
                if frame is None:
                    break
                if most_delay is not None and first is not None and frame.media_time > first + most_delay:
                    break
                frame = _as_seen(frame, reel.size)
                for one in eyes:
                    one.step(frame, watching=frame.media_time >= armed)
    except (SourceError, ValueError, cv2.error) as error:
        raise NotPlayed(str(error)) from None
    if source.damaged:
        raise NotPlayed(f"{source.damaged} of its frames are damaged")
    return [Sight(one.alert, one.motion, one.person) for one in eyes]


class _Eyes:
    """One way to see."""

    def __init__(self, pipeline: Pipeline, *, window_frames: int, needed: int) -> None:
        self._pipeline = pipeline
        self._moved: deque[bool] = deque(maxlen=window_frames)
        self._needed = needed
        self.alert: float | None = None
        self.motion = self.person = False

    def step(self, frame: Frame, *, watching: bool) -> None:
        """The next frame; nothing, once it has alerted."""
        if self.alert is not None:
            return
        outcome = self._pipeline.step(frame, watching=watching)
        if outcome is None or not watching:
            return
        self._moved.append(outcome.motion.moving)
        self.motion = self.motion or sum(self._moved) >= self._needed
        self.person = self.person or any(seen.people for seen in outcome.seen)
        for transition in outcome.transitions:
            if isinstance(transition, Started):
                self.alert = transition.visit.decided


class _OnceAFrame:
    """Motion for several pipelines that look at the same frames."""

    def __init__(self, detector: MotionDetector) -> None:
        self._detector = detector
        self._frame: object = None
        self._told = Motion()

    def step(
        self, frame: np.ndarray[Any, Any], frame_size: tuple[int, int] | None = None, *, look: bool = False
    ) -> Motion:
        # Whoever asks for it, each frame is looked at: some of the ways count more of them than others.
        if frame is not self._frame:
            self._frame, self._told = frame, self._detector.step(frame, frame_size, look=True)
        return self._told

    def reseed(self) -> None:
        self._detector.reseed()


class _Looks:
    """The answers about the present frame, by where the model looked."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._frame: Picture | None = None
        self._people: dict[Box | None, list[Detection]] = {}

    def people(self, look: Look) -> list[Detection]:
        """Raises NoModel if the model fails: without its answer motion would decide alone, which proves nothing."""
        if look.frame is not self._frame:
            self._frame, self._people = look.frame, {}
        if look.region not in self._people:
            self._gate.ask(look)
            answers = self._gate.answers()
            if not answers:
                raise NoModel(f"the person model failed: {self._gate.problem}")
            self._people[look.region] = answers[-1].people
        return self._people[look.region]


class _Asked:
    """The gate of one way: of what the model says, that which its own score lets count."""

    ready, passed_over = True, ""

    def __init__(self, gate: Gate, looks: _Looks, min_score: float) -> None:
        self.model, self.input_size, self.problem = gate.model, gate.input_size, gate.problem
        self.min_score: float | None = min_score
        self._looks, self._least = looks, min_score
        self._answers: list[Seen] = []

    def ask(self, look: Look) -> None:
        self._answers.append(
            Seen(look, [one for one in self._looks.people(look) if one.score >= self._least])
        )

    def answers(self) -> list[Seen]:
        answers, self._answers = self._answers, []
        return answers


def _as_seen(frame: Frame, size: tuple[int, int]) -> Frame:
    """At the size the camera had it: what the settings say in pixels is about those."""
    height, width = frame.bgr.shape[:2]
    if abs(width - size[0]) <= 1 and abs(height - size[1]) <= 1:
        return frame  # video has even sizes
    return replace(
        frame, bgr=np.asarray(cv2.resize(frame.bgr, size, interpolation=cv2.INTER_LINEAR), np.uint8)
    )
