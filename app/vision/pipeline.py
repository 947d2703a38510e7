"""The eyes in one place: frame -> motion -> gate -> trigger. No Redis, no disk, no clock.

The live camera and `pycam replay` run this same code; they differ in the gate they give it and in what they do
with the outcome.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from app.domain import Box
from app.settings.labels import PERSON
from app.settings.schema import CameraSettings, PersonSettings, Settings, TriggerSettings
from app.vision.gate import Gate, Look, Picture, Seen
from app.vision.motion import Motion, MotionDetector
from app.vision.region import aspect_of, region_of_interest
from app.vision.trigger import Answer, EndReason, Transition, Trigger, Visit
from app.vision.visitor import visitors

_EARLY = 0.25  # of a period: cameras jitter, and a frame that comes a little early is still the one wanted


@dataclass(frozen=True, slots=True)
class Evidence:
    """The frame that shows best what an event is about."""

    frame: Picture
    boxes: tuple[Box, ...]
    """People; in motion-only mode, what moved. Pixels of the frame."""
    score: float | None
    """Of the best person; None: nobody was asked."""
    label: str = PERSON
    """What it shows, of the camera's `classes`."""

    def shows_better_than(self, other: Evidence | None) -> bool:
        """Whether it is the better picture of the two: a person rather than a dog, then the higher score."""
        if other is None or other.score is None:
            return True
        return (self.label == PERSON, self.score or 0.0) > (other.label == PERSON, other.score)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one frame led to. `time`: the pipeline's seconds, which never jump and fit the visits' times."""

    frame: Picture
    time: float
    motion: Motion
    seen: Sequence[Seen] = ()
    """Answers of the gate that came in with this frame; they may be about earlier ones (`.look.time`)."""
    transitions: Sequence[Transition] = ()
    visit: Visit | None = None
    """The event open after this frame."""
    evidence: Evidence | None = None
    """The best picture so far of the event that is, or was until this frame, open."""

    def epoch(self, time: float) -> float:
        """A time of the pipeline as seconds since the epoch, by this frame's own two times."""
        return self.frame.time + time - self.time


class Moves(Protocol):
    """`app.vision.motion.MotionDetector` is one."""

    def step(
        self, frame: np.ndarray[Any, Any], frame_size: tuple[int, int] | None = None, *, look: bool = False
    ) -> Motion:
        """What one frame shows; `look`: as of this very frame, nothing that was found a moment ago."""

    def reseed(self) -> None:
        """Learn the scene anew."""


class Pipeline:
    """One camera's eyes. Call `step` for each frame, from one thread."""

    def __init__(
        self, motion: Moves, gate: Gate, person: PersonSettings, trigger: TriggerSettings, fps: float
    ) -> None:
        self._motion, self._gate, self._person = motion, gate, person
        self._trigger = Trigger(trigger)
        self._period, self._gate_period = 1 / fps, 1 / person.max_per_second
        self._last: Picture | None = None
        self._time = 0.0
        self._due = self._gate_due = float("-inf")
        self._held: tuple[Box, ...] = ()
        self._look_everywhere = False
        self._evidence: Evidence | None = None

    @property
    def visit(self) -> Visit | None:
        """The open event, if one is."""
        return self._trigger.visit

    @property
    def time(self) -> float:
        """The pipeline's seconds at the last frame, also at one that was passed over."""
        return self._time

    def step(self, frame: Picture, *, watching: bool = True) -> Outcome | None:
        """Look at a frame. None: it came sooner than `fps` asks for and was passed over.

        Not watching, the background goes on learning and nothing else happens; an open event ends.
        """
        self._keep_time(frame)
        if self._time < self._due - _EARLY * self._period:
            return None
        self._due = max(self._due, self._time - self._period) + self._period
        height, width = frame.bgr.shape[:2]
        picture = frame.bgr if frame.luma is None else frame.luma
        # Where motion of a moment ago will not do: who runs is out of its boxes, and the vote counts frames.
        may_ask = watching and self._may_ask()  # once: the gate's own thread may change its mind meanwhile
        look = may_ask or (watching and self._trigger.counts_frames(self._gate.ready))
        motion = self._motion.step(picture, (width, height), look=look)
        if not watching:
            self._gate.answers()  # to questions asked before; nobody wants to know any more
            return self._outcome(frame, motion, (), self._trigger.finish("disarmed"))
        if may_ask and (motion.moving or self._trigger.visit is not None):
            self._ask(frame, motion, (width, height))
        seen = self._gate.answers()
        transitions = self._trigger.step(
            self._time,
            moving=motion.moving,
            area_percent=motion.area_percent,
            answers=[self._hear(answer) for answer in seen],
            gated=self._gate.ready,
        )
        return self._outcome(frame, motion, seen, transitions)

    def finish(self, reason: EndReason = "over") -> list[Transition]:
        """No more frames: end the event that is open."""
        return self._trigger.finish(reason)

    def reseed(self) -> None:
        """The camera was moved: learn the background anew, and let the picture settle."""
        self._motion.reseed()
        self._trigger.settle(self._time)

    def _keep_time(self, frame: Picture) -> None:
        """The wall clock may be set and a clip may start again; what passed between two frames is what counts."""
        if self._last is None:
            self._time = frame.media_time
        else:
            passed = frame.media_time - self._last.media_time
            if passed < 0:  # opened anew, or the next round of a looped clip
                passed = max(0.0, frame.time - self._last.time)
            self._time += passed
        self._last = frame

    def _may_ask(self) -> bool:
        return self._gate.ready and self._time >= self._gate_due - _EARLY * self._period

    def _ask(self, frame: Picture, motion: Motion, size: tuple[int, int]) -> None:
        self._gate_due = self._time + self._gate_period
        region = None
        if not self._look_everywhere:
            # Who stands still is where they were last seen, and may be elsewhere than what moves.
            there, aspect = [*motion.boxes, *self._held], aspect_of(self._gate.input_size)
            region = region_of_interest(there, size, aspect=aspect)
        self._gate.ask(Look(frame, self._time, tuple(motion.boxes), region))

    def _hear(self, seen: Seen) -> Answer:
        height, width = seen.look.frame.bgr.shape[:2]
        guests = visitors(seen.people, seen.look.moved, (width, height), self._person)
        # A parked car is no reason to look there, nor to hold an event; somebody who stands still is both.
        there = [one for one in seen.people if one.label == PERSON or one in guests]
        # Some are found only with their surroundings: a crop that shows nobody is followed by the whole frame.
        self._look_everywhere = not there and seen.look.region is not None
        self._held = tuple(one.box for one in there)
        best = guests[0] if guests else None
        if best is not None:
            boxes = tuple(one.box for one in seen.people if one.label == best.label)
            evidence = Evidence(seen.look.frame, boxes, best.score, best.label)
            if evidence.shows_better_than(self._evidence):
                self._evidence = evidence
        anybody = there[0].score if there else None
        return Answer(seen.look.time, best.score if best else None, anybody)

    def _outcome(
        self, frame: Picture, motion: Motion, seen: Sequence[Seen], transitions: Sequence[Transition]
    ) -> Outcome:
        visit = self._trigger.visit
        if transitions and self._evidence is None:
            self._evidence = Evidence(frame, tuple(motion.boxes), None)
        outcome = Outcome(frame, self._time, motion, seen, transitions, visit, self._evidence)
        if visit is None and not motion.moving:
            self._held, self._look_everywhere = (), False
        if visit is None and transitions:
            self._evidence = None
        return outcome


def motion_for(settings: Settings, camera: CameraSettings) -> MotionDetector:
    """The motion step of one camera, as set."""
    ignore = (*settings.motion.ignore, *camera.ignore)
    motion = settings.motion.model_copy(update={"ignore": ignore})
    return MotionDetector(motion, frames_per_second=camera.fps)


def pipeline_for(
    settings: Settings, camera: CameraSettings, gate: Gate, motion: Moves | None = None
) -> Pipeline:
    """The eyes of one camera, as set. `motion`: one that is shared with other eyes on the same frames."""
    motion = motion or motion_for(settings, camera)
    return Pipeline(motion, gate, settings.person, settings.trigger, camera.fps)
