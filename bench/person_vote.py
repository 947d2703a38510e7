"""What a second look is worth before an alert; a part of `python -m bench.person_quality`.

Each clip is looked at as the camera looks (motion, region, visitors, twice a second), by day and in several nights;
what the gate answered is kept, and the same answers then go into the trigger under each rule. So the rules differ
in nothing else. Motion is taken from the day: this is about the gate.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import av
import numpy as np

from app.domain import Box, Detection
from app.settings.schema import CameraSettings, PersonSettings, Settings, TriggerSettings
from app.vision.gate import InlineGate
from app.vision.person import load_detector
from app.vision.pipeline import pipeline_for
from app.vision.trigger import Answer, Started, Trigger
from app.vision.visitor import visitors
from bench.person_footage import CLIPS, SHARED, Frame, Half, infrared

VISITS = {
    "worker": ((0.0, 4.7),),
    "three-visits": ((6.6, 20.8), (23.1, 46.0), (50.6, 71.4)),
    "road-cars": (),
    "hand-and-bottles": (),
}
"""Hand-made truth: seconds into the clip."""
LATE = 1.0  # somebody may still be half in the picture when the visit is over
NIGHTS = 3
LOOKS_PER_SECOND = 2.0
RULES = (0.0, 0.4, 0.5, 0.6, 0.7, 1.0)
"""confirm_below: 0 is one look, 1 always two."""
THRESHOLDS = (0.16, 0.24, 0.32, 0.41, 0.5)
"""min_score; the curve."""


@dataclass
class Step:
    """One frame of a clip as the trigger is told of it. `looked`: the visitor's and anybody's score, 0 for nobody."""

    time: float
    moving: bool
    area_percent: float
    looked: tuple[float, float] | None = None


@dataclass
class Result:
    """Of one rule over any number of clips."""

    visits: int = 0
    answered: int = 0
    wrong: int = 0
    minutes: float = 0.0
    delays: list[float] = field(default_factory=list)

    def add(self, clip: str, started: list[float], seconds: float) -> None:
        """Judge the moments at which events started."""
        truth = VISITS[clip]
        self.minutes += (seconds - sum(left - came for came, left in truth)) / 60
        self.visits += len(truth)
        for came, left in truth:
            inside = [moment for moment in started if came - 0.5 <= moment <= left + LATE]
            self.answered += bool(inside)
            self.delays += [max(inside[0] - came, 0.0)] if inside else []
        self.wrong += sum(not any(a - 0.5 <= moment <= b + LATE for a, b in truth) for moment in started)


def vote_table(half: Half, seed: int, model: str) -> None:
    """Print what each rule makes of the half's clips at each threshold."""
    for dark in (False, True):
        takes = [
            (clip, list(steps(clip, model, seed + night if dark else None)))
            for clip in CLIPS[half]
            for night in range(NIGHTS if dark else 1)
        ]
        print(f"{half}, {'night' if dark else 'day'}, {model}")
        print(
            f"{'min_score':>9} {'confirm_below':>13} {'visits':>8} {'wrong starts':>13} {'median delay s':>15}"
        )
        for least in THRESHOLDS:
            for rule in RULES:
                result = Result()
                for clip, taken in takes:
                    result.add(clip, starts(taken, least, rule), taken[-1].time)
                delay = f"{np.median(result.delays):.1f}" if result.delays else "–"
                seen = f"{result.answered} of {result.visits}"
                print(f"{least:9.2f} {rule:13.2f} {seen:>8} {result.wrong:13} {delay:>15}", flush=True)


def starts(taken: list[Step], least: float, confirm_below: float) -> list[float]:
    """When events started, decided by the trigger under one rule."""
    trigger, moments = Trigger(TriggerSettings(confirm_below=confirm_below)), []
    for step in taken:
        answers = []
        if step.looked is not None:
            visitor, anybody = (score if score >= least else None for score in step.looked)
            answers.append(Answer(step.time, visitor, anybody))
        came = trigger.step(
            step.time, moving=step.moving, area_percent=step.area_percent, answers=answers, gated=True
        )
        moments += [one.visit.decided for one in came if isinstance(one, Started)]
    return moments


class _Nightfall:
    """A detector that sees each frame as it would be by night."""

    def __init__(self, model: str, night: int | None) -> None:
        self._detector = load_detector(SHARED / f"models/{model}.onnx", min_score=0.1)
        self._night, self._count = night, 0
        self.name, self.min_score, self.skipped = self._detector.name, self._detector.min_score, ()

    def detect(self, frame: Frame, region: Box | None = None) -> list[Detection]:
        self._count += 1
        if self._night is not None:
            frame = infrared(frame, 1000 * self._night + self._count)
        return self._detector.detect(frame, region)


@dataclass
class _Shot:
    bgr: Frame
    time: float
    media_time: float
    luma: None = None


def steps(clip: str, model: str, night: int | None) -> Iterator[Step]:
    """The clip as the trigger is told of it; `night` is the seed of one, None is the day."""
    person = PersonSettings(max_per_second=LOOKS_PER_SECOND)
    camera = CameraSettings(name="bench", source=clip)
    pipeline = pipeline_for(Settings(person=person), camera, InlineGate(_Nightfall(model, night)))
    with av.open(str(SHARED / f"clips/{clip}.mp4")) as container:
        for image in container.decode(video=0):
            time = float(image.time or 0.0)
            outcome = pipeline.step(_Shot(image.to_ndarray(format="bgr24"), 1e9 + time, time))
            if outcome is None:
                continue
            looked = None
            for seen in outcome.seen:
                people = seen.people
                size = (image.width, image.height)
                guests = visitors(people, seen.look.moved, size, person)
                looked = (guests[0].score if guests else 0.0, people[0].score if people else 0.0)
            yield Step(outcome.time, outcome.motion.moving, outcome.motion.area_percent, looked)
