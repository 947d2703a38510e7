"""What a second look is worth before an alert; a part of `python -m bench.person_quality`.

Each clip is looked at as the camera looks (motion, region, visitors, twice a second), in several views: shrunk,
mirrored and shifted within a plain surrounding, by day and by night. What the gate answered is kept, and the same
answers then go into the trigger under each rule and threshold. So the rules differ in nothing else. Motion is
taken from the day: this is about the gate. Views of one clip show the same few people: they vary size, place and
noise, and nobody's looks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import av
import cv2
import numpy as np

from app.domain import Box, Detection
from app.settings.schema import CameraSettings, PersonSettings, Settings, TriggerSettings
from app.vision.gate import InlineGate
from app.vision.person import load_detector
from app.vision.pipeline import pipeline_for
from app.vision.trigger import Answer, Started, Trigger
from app.vision.visitor import visitors
from bench.person_footage import CLIPS, SHARED, Frame, Half, infrared, surroundings

VISITS = {
    "worker": ((0.0, 4.7),),
    "three-visits": ((6.6, 20.8), (23.1, 46.0), (50.6, 71.4)),
    "road-cars": (),
    "hand-and-bottles": (),
}
"""Hand-made truth: seconds into the clip."""
EARLY, LATE = 0.5, 1.0  # somebody may be half in the picture before the visit begins and after it is over
VIEWS = 5
SHRUNK = (0.5, 1.0)  # so that somebody far away is among them, and whoever is in the clip is in the view
LOOKS_PER_SECOND = 2.0
RULES = (0.0, 0.4, 0.5, 0.6, 0.7, 1.0)
"""confirm_below: 0 is one look (the best score of the window decides), 1 always two."""
THRESHOLDS = (0.12, 0.16, 0.2, 0.24, 0.28, 0.32, 0.36, 0.41, 0.5, 0.6, 0.7)
"""min_score; the curve."""
LEAST_SCORE = 0.1


@dataclass
class Step:
    """One frame of a clip as the trigger is told of it. `looked`: the visitor's and anybody's score, 0 for nobody."""

    time: float
    moving: bool
    area_percent: float
    looked: tuple[float, float] | None = None


@dataclass
class Result:
    """Of one rule over any number of takes. Delays in seconds after the visitor came, by hand-made truth."""

    visits: int = 0
    answered: int = 0
    right: int = 0
    wrong: int = 0
    delays: list[float] = field(default_factory=list)

    def add(self, clip: str, started: list[float]) -> None:
        """Judge the moments at which events started."""
        for came, left in VISITS[clip]:
            inside = [moment for moment in started if came - EARLY <= moment <= left + LATE]
            self.visits += 1
            self.answered += bool(inside)
            self.right += len(inside)
            self.delays += [max(inside[0] - came, 0.0)] if inside else []
        self.wrong += len(started)
        self.wrong -= sum(
            any(came - EARLY <= moment <= left + LATE for came, left in VISITS[clip]) for moment in started
        )

    @property
    def precision(self) -> float:
        """Share of the starts that were somebody's."""
        return self.right / max(self.right + self.wrong, 1)

    def row(self) -> str:
        delay = f"{np.median(self.delays):.1f} {max(self.delays):4.1f}" if self.delays else "–"
        seen = f"{self.answered}/{self.visits}"
        return f"{seen:>6} {self.wrong:4} {self.precision:6.2f} {delay:>9}"


CURVES = {"one look": 0.0, "vote (0.5)": 0.5, "always two": 1.0}


def vote_table(half: Half, seed: int, model: str) -> dict[str, dict[str, list[tuple[float, int]]]]:
    """Print the curve of one look against two, and what each rule makes of it at the model's own threshold.

    The wrong starts, as `person_curve.curves` draws them.
    """
    own = load_detector(SHARED / f"models/{model}.onnx").min_score
    panels: dict[str, dict[str, list[tuple[float, int]]]] = {}
    for dark in (False, True):
        takes = [
            (clip, list(steps(clip, model, seed + view, dark=dark)))
            for clip in CLIPS[half]
            for view in range(VIEWS)
        ]
        minutes = sum(taken[-1].time for _, taken in takes) / 60
        light = "night" if dark else "day"
        print(f"{half}, {light}, {model}: {VIEWS} views of {', '.join(CLIPS[half])}, {minutes:.0f} minutes")
        columns = f"{'visits':>6} {'wrong':>5} {'prec.':>5} {'delay max':>9}"
        print(f"{'min_score':>9} | {'one look':^28} | {'vote (0.5)':^28} | {'always two':^28}")
        print(f"{'':9} | {columns} | {columns} | {columns}")
        lines = panels.setdefault(f"wrong starts by {light}", {})
        for least in THRESHOLDS:
            found = {name: result(takes, least, rule) for name, rule in CURVES.items()}
            for name, one in found.items():
                lines.setdefault(name, []).append((least, one.wrong))
            print(f"{least:9.2f} | {' | '.join(one.row() for one in found.values())}", flush=True)
        print(f"{'confirm_below':>13} | at min_score {own:.2f}")
        for rule in RULES:
            print(f"{rule:13.1f} | {result(takes, own, rule).row()}", flush=True)
    return panels


def result(takes: list[tuple[str, list[Step]]], least: float, confirm_below: float) -> Result:
    """What one rule makes of all takes."""
    found = Result()
    for clip, taken in takes:
        found.add(clip, starts(taken, least, confirm_below))
    return found


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
    """A detector that sees each frame as it would be by night. `night`: the seed of one; None: by day."""

    def __init__(self, model: str, night: int | None) -> None:
        self._detector = load_detector(SHARED / f"models/{model}.onnx", min_score=LEAST_SCORE)
        self._night, self._count = night, 0
        self.name, self.min_score, self.skipped = self._detector.name, self._detector.min_score, ()
        self.input_size = self._detector.input_size

    def detect(self, frame: Frame, region: Box | None = None) -> list[Detection]:
        self._count += 1
        if self._night is not None:
            frame = infrared(frame, 1000 * self._night + self._count)
        return self._detector.detect(frame, region)


class _View:
    """Where in the picture the clip is played, how large, mirrored or not."""

    def __init__(self, clip: str, view: int) -> None:
        rng = np.random.default_rng(view)
        self._plain = surroundings(clip)
        self._share = rng.uniform(*SHRUNK)
        self._place, self._mirrored = rng.uniform(size=2), bool(rng.integers(2))

    def __call__(self, frame: Frame) -> Frame:
        rows, columns = self._plain.shape[:2]
        scale = self._share * min(rows / frame.shape[0], columns / frame.shape[1])
        small = cv2.resize(frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        top = int(self._place[0] * (rows - small.shape[0]))
        left = int(self._place[1] * (columns - small.shape[1]))
        view = self._plain.copy()
        view[top : top + small.shape[0], left : left + small.shape[1]] = small
        return np.ascontiguousarray(view[:, ::-1]) if self._mirrored else view


@dataclass
class _Shot:
    bgr: Frame
    time: float
    media_time: float
    luma: None = None


def steps(clip: str, model: str, view: int, *, dark: bool) -> Iterator[Step]:
    """The clip as the trigger is told of it; `view` is the seed of one, and of its night."""
    person = PersonSettings(max_per_second=LOOKS_PER_SECOND)
    camera = CameraSettings(name="bench", source=clip)
    pipeline = pipeline_for(
        Settings(person=person), camera, InlineGate(_Nightfall(model, view if dark else None))
    )
    shown = _View(clip, view)
    with av.open(str(SHARED / f"clips/{clip}.mp4")) as container:
        for image in container.decode(video=0):
            time = float(image.time or 0.0)
            outcome = pipeline.step(_Shot(shown(image.to_ndarray(format="bgr24")), 1e9 + time, time))
            if outcome is None:
                continue
            looked = None
            for seen in outcome.seen:
                people = seen.people
                height, width = seen.look.frame.bgr.shape[:2]
                guests = visitors(people, seen.look.moved, (width, height), person)
                looked = (guests[0].score if guests else 0.0, people[0].score if people else 0.0)
            yield Step(outcome.time, outcome.motion.moving, outcome.motion.area_percent, looked)
