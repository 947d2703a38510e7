"""The trigger: motion votes and sightings go in, one event at a time comes out. Pure; time is the frames' own.

    idle ── enough frames moved and somebody was seen among them ──► open ── quiet, or too long ──► idle

An event that is open is held by people, not by motion alone: somebody who stands still keeps it, a swinging
door or the ghost that a visitor leaves in the background does not. Without a gate (no person model) motion is
all there is; it then has to be steadier to start an event, and holds it by itself.

The gate answers late and about earlier frames. So a sighting counts for the window around the frame it is
about, and an event is not called quiet before the gate has looked at frames from the quiet time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from typing import Literal, NamedTuple

from app.settings.schema import TriggerSettings

EndReason = Literal["quiet", "cut", "disarmed", "blind", "over", "stopped"]

_BLIND_SECONDS = 5.0  # without a frame for so long, whoever is there now is another visit
_MEMORY_WINDOWS = 10  # a sighting may come so many windows late (30 s at 10 frames a second) and still count
_MISSES = 2  # one look past somebody is no absence, however long the gate took between its looks
_LOOKS_TO_CONFIRM = 2  # where one is not sure enough
_RUN_GAP_SECONDS = 1.0  # moving frames further apart than this are not one approach
_BETTER = 0.1  # a score that rises by less is not worth editing a message for


class Answer(NamedTuple):
    """What the gate said of the frame taken at `time`. Scores 0..1; None: nobody.

    `visitor`: the best who is near and where something moved; may start an event.
    `anybody`: the best of all; is enough to hold an event open.
    """

    time: float
    visitor: float | None
    anybody: float | None


@dataclass(frozen=True, slots=True)
class Visit:
    """An event as far as it has come. Times in the frames' seconds; `number` counts from 1."""

    number: int
    started: float
    """The first frame of the motion that led to it."""
    decided: float
    """The frame with which the conditions were met: the alert's time."""
    last_active: float
    frames: int
    peak_area_percent: float
    score: float | None
    """Best score so far; None: nobody was there to ask."""


class Started(NamedTuple):
    """A new event: alert now."""

    visit: Visit


class Developed(NamedTuple):
    """The same event, seen clearly better."""

    visit: Visit


class Ended(NamedTuple):
    """quiet: nobody any more; cut: at the greatest length; blind: no frames for long; over: end of the footage."""

    visit: Visit
    reason: EndReason


Transition = Started | Developed | Ended


class _Mark(NamedTuple):
    time: float
    moving: bool
    area_percent: float


class _Sighting(NamedTuple):
    time: float
    score: float
    heard: int
    """The step in which the gate's answer came."""


class Trigger:
    """One camera's events. Call `step` for every frame, in order."""

    def __init__(self, settings: TriggerSettings) -> None:
        self._settings = settings
        self._marks: deque[_Mark] = deque(maxlen=_MEMORY_WINDOWS * settings.window_frames)
        self._sightings: deque[_Sighting] = deque()
        self._visit: Visit | None = None
        self._announced: float | None = None
        self._last_seen = self._last_answer = self._time = float("-inf")
        self._misses = 0
        self._blocked_until = float("-inf")
        self._count = self._steps = 0

    @property
    def visit(self) -> Visit | None:
        """The open event, if one is."""
        return self._visit

    def counts_frames(self, gated: bool) -> bool:
        """Whether each frame's motion counts: no event is open, and too few of the last ones have moved for one."""
        window = islice(reversed(self._marks), self._settings.window_frames)
        too_few = not gated or sum(mark.moving for mark in window) < self._settings.min_moving_frames
        return self._visit is None and too_few

    def settle(self, time: float) -> None:
        """The camera moved at `time`: nothing counts until the picture has settled."""
        self._blocked_until = time + self._settings.settle_seconds
        self._forget()

    def finish(self, reason: EndReason) -> list[Transition]:
        """End what is open and start clean: disarmed, or no more frames."""
        self._forget()
        if self._visit is None:
            return []
        ended, self._visit = Ended(self._visit, reason), None
        return [ended]

    def step(
        self, time: float, *, moving: bool, area_percent: float, answers: Sequence[Answer] = (), gated: bool
    ) -> list[Transition]:
        """One frame: what it showed, and what the gate has said since the last one.

        `gated`: a gate is there to be asked. Time may step back a little (it then counts as standing still); a
        jump either way is a new beginning.
        """
        transitions = self._keep_time(time)
        time = self._time
        self._steps += 1
        if time < self._blocked_until:
            moving = False
        self._marks.append(_Mark(time, moving, area_percent))
        while self._sightings and self._sightings[0].heard <= self._steps - self._settings.window_frames:
            self._sightings.popleft()
        for answer in answers:
            self._hear(answer)
        if self._visit is not None:
            return transitions + self._go_on(self._visit, time, moving, area_percent, gated)
        return transitions + self._maybe_start(time, gated)

    def _keep_time(self, time: float) -> list[Transition]:
        jump, known = time - self._time, self._time != float("-inf")
        self._time = time if abs(jump) > _BLIND_SECONDS else max(time, self._time)
        if not known or abs(jump) <= _BLIND_SECONDS:
            return []
        if self._announced is not None:
            self._announced = min(
                self._announced, time
            )  # another time-line: the cooldown at most starts anew
        self._blocked_until = min(self._blocked_until, time + self._settings.settle_seconds)
        return self.finish("blind")

    def _hear(self, answer: Answer) -> None:
        if answer.time < self._marks[0].time:
            return  # about a frame from before a clean start
        self._last_answer = max(self._last_answer, answer.time)
        if answer.visitor is not None:
            self._sightings.append(_Sighting(answer.time, answer.visitor, self._steps))
        if answer.anybody is None:
            self._misses += 1
        else:
            self._misses = 0
            self._last_seen = max(self._last_seen, answer.time)

    def _maybe_start(self, time: float, gated: bool) -> list[Transition]:
        if self._announced is not None and time < self._announced + self._settings.cooldown_seconds:
            return []
        score = self._vote() if gated else None
        if score is None and (gated or not self._vote_alone(time)):
            return []
        started, peak, frames = self._approach()
        self._count += 1
        self._announced = time
        self._last_seen = self._last_seen if gated else time
        self._visit = Visit(self._count, started, time, time, frames, peak, score)
        return [Started(self._visit)]

    def _go_on(
        self, visit: Visit, time: float, moving: bool, area_percent: float, gated: bool
    ) -> list[Transition]:
        active = visit.last_active
        if moving and (not gated or time - self._last_seen <= self._settings.unconfirmed_seconds):
            active = time
        best = max((sighting.score for sighting in self._sightings), default=0.0)
        better = best >= (visit.score or 0.0) + _BETTER
        self._visit = visit = replace(
            visit,
            last_active=max(active, self._last_seen),
            frames=visit.frames + 1,
            peak_area_percent=max(visit.peak_area_percent, area_percent),
            score=best if better else visit.score,
        )
        transitions: list[Transition] = [Developed(visit)] if better else []
        if time - visit.decided >= self._settings.max_seconds:
            return transitions + self.finish("cut")
        looked_until = self._last_answer if gated else time
        missed = not gated or self._misses >= _MISSES
        if missed and looked_until - visit.last_active >= self._settings.quiet_seconds:
            return transitions + self.finish("quiet")
        return transitions

    def _vote(self) -> float | None:
        """The best score among sightings with enough moving frames in one window with them.

        None also where there is only one, of a score below `confirm_below`: one look may err.
        """
        if not self._sightings:
            return None
        window, needed = self._settings.window_frames, self._settings.min_moving_frames
        moved = [index for index, mark in enumerate(self._marks) if mark.moving]
        spans = list(zip(moved, moved[needed - 1 :], strict=False))
        scores = []
        for sighting in self._sightings:
            seen = sum(mark.time < sighting.time for mark in self._marks)
            if any(max(last, seen) - min(first, seen) < window for first, last in spans):
                scores.append(sighting.score)
        best = max(scores, default=None)
        if best is None or (best < self._settings.confirm_below and len(scores) < _LOOKS_TO_CONFIRM):
            return None
        return best

    def _vote_alone(self, time: float) -> bool:
        since = time - self._settings.alone_seconds
        recent = [mark.moving for mark in self._marks if mark.time > since]
        covered = self._marks[0].time <= since
        needed = max(self._settings.min_moving_frames, len(recent) * self._settings.alone_percent / 100)
        needed = min(needed, len(recent))  # a vote set for the longer window with a gate is not out of reach
        return covered and sum(recent) >= needed

    def _approach(self) -> tuple[float, float, int]:
        """(its first frame's time, its greatest area, its frames): the run of motion that led here."""
        moved = [mark for mark in self._marks if mark.moving]
        started = moved[-1].time
        for earlier, later in reversed(list(pairwise(moved))):
            if later.time - earlier.time > _RUN_GAP_SECONDS:
                break
            started = earlier.time
        run = [mark for mark in self._marks if mark.time >= started]
        return started, max(mark.area_percent for mark in run), len(run)

    def _forget(self) -> None:
        self._marks.clear()
        self._sightings.clear()
        self._last_seen = self._last_answer = float("-inf")
        self._misses = 0
