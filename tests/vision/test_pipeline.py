"""The eyes put together, on pictures made here and on real footage where it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.domain import Box, Detection
from app.settings.schema import CameraSettings, PersonSettings, Settings
from app.vision.gate import FAILURES_ALLOWED, Gate, InlineGate, Look, NoGate
from app.vision.modelfile import ModelError
from app.vision.person import load_detector
from app.vision.pipeline import Outcome, Pipeline, pipeline_for
from app.vision.trigger import Ended, Started

CAMERA = CameraSettings(name="front", source="clip.mp4")


@dataclass
class Shot:
    bgr: np.ndarray[Any, Any]
    time: float
    media_time: float
    luma: np.ndarray[Any, Any] | None = None


class Portrait:
    """A detector that takes anything bright for a person."""

    name, min_score = "portrait", 0.5
    input_size = (416, 320)
    skipped: tuple[ModelError, ...] = ()

    def __init__(self) -> None:
        self.asked: list[Box | None] = []

    def detect(self, frame: np.ndarray[Any, Any], region: Box | None = None) -> list[Detection]:
        self.asked.append(region)
        ys, xs = np.nonzero(frame[:, :, 0] > 200)
        if not len(xs):
            return []
        box = Box(int(xs.min()), int(ys.min()), int(np.ptp(xs)) + 1, int(np.ptp(ys)) + 1)
        return [Detection(box, 0.9)]


def scene(person_at: int | None) -> np.ndarray[Any, Any]:
    picture = np.full((240, 320, 3), 90, np.uint8)
    if person_at is not None:
        picture[60:200, person_at : person_at + 50] = 230
    return picture


def walk(
    visits: list[tuple[float, float]], seconds: float, fps: float = 10, start: float = 0
) -> Iterator[Shot]:
    for index in range(round(seconds * fps)):
        time = index / fps
        there = any(a <= time < b for a, b in visits)
        yield Shot(scene(int(time * 40) % 260 if there else None), 1e9 + start + time, time)


def play(pipeline: Pipeline, shots: Iterator[Shot]) -> list[Outcome]:
    return [outcome for shot in shots if (outcome := pipeline.step(shot)) is not None]


def starts(outcomes: list[Outcome]) -> list[float]:
    return [t.visit.started for o in outcomes for t in o.transitions if isinstance(t, Started)]


def make(gate: Gate, **settings: Any) -> Pipeline:
    return pipeline_for(Settings(**settings), CAMERA, gate)


def test_each_visit_is_one_event_with_its_best_picture() -> None:
    outcomes = play(make(InlineGate(Portrait())), walk([(3, 8), (20, 25)], 32))
    assert starts(outcomes) == [pytest.approx(3, abs=0.5), pytest.approx(20, abs=0.5)]
    started = next(o for o in outcomes if o.transitions)
    assert started.evidence is not None
    assert started.evidence.score == 0.9
    assert started.evidence.frame.bgr.max() == 230
    assert started.epoch(started.time) == pytest.approx(started.frame.time)


@pytest.mark.parametrize("late", [0.0, 0.03, 0.06, 0.09])
def test_a_narrow_runner_of_whom_nobody_is_sure_is_seen_twice_on_the_way_through_the_picture(
    late: float,
) -> None:
    """Motion rests between looks, but looks at a frame that the model is asked about: its boxes are its own."""

    class Unsure(Portrait):
        min_score = 0.4

        def detect(self, frame: np.ndarray[Any, Any], region: Box | None = None) -> list[Detection]:
            return [found._replace(score=0.45) for found in super().detect(frame, region)]

    def run() -> Iterator[Shot]:
        for index in range(60):
            time = index / 10
            x = round((time + late - 4) * 400) - 25  # the whole width in 0.8 s
            picture = scene(None)
            picture[60:200, max(0, x) : max(0, x + 25)] = 230
            yield Shot(picture, 1e9 + time, time)

    asked: list[Look] = []
    gate = InlineGate(Unsure())
    ask = gate.ask
    gate.ask = lambda look: (asked.append(look), ask(look))[1]  # type: ignore[method-assign]
    outcomes = play(make(gate), run())
    assert len(starts(outcomes)) == 1
    assert not any(
        outcome.motion.rested for outcome in outcomes if outcome.time in {look.time for look in asked}
    )


@pytest.mark.parametrize(("seconds", "events"), [(0.7, 0), (0.8, 1)])
def test_frames_that_rest_are_no_votes(seconds: float, events: int) -> None:
    def pause() -> Iterator[Shot]:
        for index in range(80):
            there = 40 <= index < 40 + round(10 * seconds)
            yield Shot(scene(100 if there else None), 1e9 + index / 10, index / 10)

    trigger = {"min_moving_frames": 8, "window_frames": 30}
    assert len(starts(play(make(InlineGate(Portrait()), trigger=trigger), pause()))) == events


def test_during_an_event_the_model_is_asked_twice_a_second_and_about_frames_that_are_looked_at() -> None:
    def sway() -> Iterator[Shot]:
        for index in range(160):
            there = index >= 40
            yield Shot(scene(100 + 2 * (index % 3) if there else None), 1e9 + index / 10, index / 10)

    asked: list[Look] = []
    gate = InlineGate(Portrait())
    ask = gate.ask
    gate.ask = lambda look: (asked.append(look), ask(look))[1]  # type: ignore[method-assign]
    outcomes = play(make(gate), sway())
    assert len(asked) >= 20
    rested = {outcome.time for outcome in outcomes if outcome.motion.rested}
    assert len(rested) >= 5
    assert not rested & {look.time for look in asked}


@pytest.mark.parametrize("gated", [True, False])
def test_frames_rest_only_once_there_is_an_event_or_as_much_motion_as_one_needs(gated: bool) -> None:
    gate = InlineGate(Portrait()) if gated else NoGate("none")
    outcomes = play(make(gate, trigger={"min_moving_frames": 12}), walk([(3, 18)], 20))
    started = next(number for number, outcome in enumerate(outcomes) if outcome.transitions)
    assert not any(outcome.motion.rested for outcome in outcomes[: started + 1])
    assert any(outcome.motion.rested for outcome in outcomes[started + 1 :])


def test_the_gate_is_asked_only_on_motion_or_during_an_event_and_never_too_often() -> None:
    detector = Portrait()
    pipeline = make(InlineGate(detector))
    play(pipeline, walk([], 10))
    assert detector.asked == []
    play(pipeline, walk([(0, 10)], 10, start=10))
    assert 15 <= len(detector.asked) <= 2 * 10 + 1


def test_a_clip_with_more_frames_than_wanted_is_thinned_to_the_set_rate() -> None:
    looked = play(make(NoGate("none")), walk([], 10, fps=30))
    assert len(looked) == pytest.approx(100, abs=2)
    assert len(play(make(NoGate("none")), walk([], 10, fps=7))) == 70


def test_disarmed_nothing_happens_and_an_open_event_ends() -> None:
    detector = Portrait()
    pipeline = make(InlineGate(detector))
    shots = list(walk([(2, 60)], 60))
    for shot in shots[:100]:
        pipeline.step(shot)
    assert pipeline.visit is not None
    outcome = pipeline.step(shots[100], watching=False)
    assert outcome is not None
    assert [t.reason for t in outcome.transitions if isinstance(t, Ended)] == ["disarmed"]
    asked = len(detector.asked)
    for shot in shots[101:200]:
        outcome = pipeline.step(shot, watching=False)
        assert outcome is not None
        assert not outcome.transitions
    assert len(detector.asked) == asked
    assert starts(play(pipeline, iter(shots[200:]))) != []


def test_the_wall_clock_may_jump_without_an_event_ending_or_starting() -> None:
    pipeline = make(InlineGate(Portrait()))
    shots = list(walk([(2, 30)], 30))
    for shot in shots[150:]:
        shot.time -= 3600
    outcomes = play(pipeline, iter(shots))
    assert [type(t).__name__ for o in outcomes for t in o.transitions] == ["Started"]


def test_a_looped_clip_goes_on_in_time() -> None:
    pipeline = make(InlineGate(Portrait()))
    play(pipeline, walk([], 10))
    outcomes = play(pipeline, walk([], 10, start=10.1))
    assert outcomes[-1].time == pytest.approx(20, abs=0.3)


def test_a_failing_model_leaves_motion_to_decide() -> None:
    class Broken(Portrait):
        def detect(self, frame: np.ndarray[Any, Any], region: Box | None = None) -> list[Detection]:
            raise RuntimeError("out of memory")

    gate = InlineGate(Broken())
    outcomes = play(make(gate), walk([(3, 20)], 20))
    assert len(starts(outcomes)) == 1
    assert not gate.ready
    assert "out of memory" in gate.problem


def test_one_failure_is_not_the_end_of_a_model() -> None:
    class Hiccup(Portrait):
        def detect(self, frame: np.ndarray[Any, Any], region: Box | None = None) -> list[Detection]:
            found = super().detect(frame, region)
            if len(self.asked) < FAILURES_ALLOWED:
                raise RuntimeError("bad frame")
            return found

    gate = InlineGate(Hiccup())
    for time in range(FAILURES_ALLOWED + 1):
        gate.ask(Look(Shot(scene(10), 0, 0), float(time)))
    assert gate.ready
    assert gate.problem == ""


@pytest.mark.parametrize("input_size", [(416, 320), (416, 416), (480, 288)])
def test_a_crop_has_the_shape_of_what_the_model_looks_at(input_size: tuple[int, int]) -> None:
    detector = Portrait()
    pipeline = make(InlineGate(detector))
    detector.input_size = input_size
    for shot in walk([], 9):
        if shot.media_time > 3:
            left = int(shot.media_time * 20)
            shot.bgr[180:210, left : left + 30] = 230
        pipeline.step(shot)
    crops = {(region.w, region.h) for region in detector.asked if region is not None}
    assert crops
    for width, height in crops:
        assert width / height == pytest.approx(input_size[0] / input_size[1], rel=0.02)


def test_after_a_crop_without_anybody_the_whole_frame_is_looked_at() -> None:
    class Nobody(Portrait):
        def detect(self, frame: np.ndarray[Any, Any], region: Box | None = None) -> list[Detection]:
            self.asked.append(region)
            return []

    def cat() -> Iterator[Shot]:
        for shot in walk([], 9):
            if shot.media_time > 3:
                left = int(shot.media_time * 20)
                shot.bgr[150:190, left : left + 40] = 230
            yield shot

    detector = Nobody()
    play(make(InlineGate(detector)), cat())
    assert None in detector.asked
    assert any(region is not None for region in detector.asked)
    assert all(b is None for a, b in zip(detector.asked, detector.asked[1:], strict=False) if a is not None)


def test_ignored_areas_of_the_camera_are_ignored() -> None:
    camera = CAMERA.model_copy(update={"ignore": (((0, 0), (1, 0), (1, 0.9), (0, 0.9)),)})
    pipeline = pipeline_for(Settings(), camera, InlineGate(Portrait()))
    assert starts(play(pipeline, walk([(3, 20)], 20))) == []


@pytest.mark.parametrize(
    ("clip", "truth"),
    [
        ("three-visits.mp4", [(6.0, 21.5), (22.5, 47.0), (49.5, 71.9)]),
        ("road-cars.mp4", []),
        ("worker.mp4", [(0.0, 4.8)]),
        ("hand-and-bottles.mp4", []),
    ],
)
@pytest.mark.parametrize("per_second", [2.0, 3.0])
def test_real_footage_gives_one_event_a_visit(
    shared_path: Callable[[str], Path], clip: str, truth: list[tuple[float, float]], per_second: float
) -> None:
    av = pytest.importorskip("av")
    gate = InlineGate(load_detector(shared_path("models/yolox_nano_person_416x320.onnx"), threads=1))
    pipeline = make(gate, person=PersonSettings(max_per_second=per_second))
    visits = []
    with av.open(str(shared_path(f"clips/{clip}"))) as container:
        for picture in container.decode(video=0):
            shot = Shot(picture.to_ndarray(format="bgr24"), 1e9 + picture.time, picture.time)
            outcome = pipeline.step(shot)
            ended = [t for t in outcome.transitions if isinstance(t, Ended)] if outcome else []
            visits += [t.visit for t in ended]
    visits += [t.visit for t in pipeline.finish() if isinstance(t, Ended)]
    assert len(visits) == len(truth)
    for visit, (came, left) in zip(visits, truth, strict=True):
        assert came - 1 <= visit.started <= came + 1.5
        assert left - 2.5 <= visit.last_active <= left + 1


def test_a_better_model_that_could_not_be_used_is_said_while_another_is_in_use(
    caplog: pytest.LogCaptureFixture,
) -> None:
    second_best = Portrait()
    second_best.skipped = (ModelError("best.onnx is empty"),)
    gate = InlineGate(second_best)
    assert "best.onnx is empty" in gate.passed_over
    assert "best.onnx is empty" in caplog.text
    assert (gate.ready, gate.problem) == (True, "")
    assert InlineGate(Portrait()).passed_over == ""


class Kennel(Portrait):
    """Takes anything bright for a dog, and once `master` is true there is a person, too."""

    master = False

    def detect(self, frame: np.ndarray[Any, Any], region: Box | None = None) -> list[Detection]:
        dogs = [one._replace(label="dog") for one in super().detect(frame, region)]
        return [*dogs, *(one._replace(label="person", score=0.6) for one in dogs if self.master)]


def test_the_evidence_says_what_it_shows_and_a_person_takes_the_place_of_a_dog() -> None:
    detector = Kennel()
    pipeline = make(InlineGate(detector))
    shots = list(walk([(3, 20)], 20))
    outcomes = play(pipeline, iter(shots[:100]))
    started = next(o for o in outcomes if o.transitions)
    assert started.evidence is not None
    assert started.evidence.label == "dog"
    detector.master = True
    last = play(pipeline, iter(shots[100:]))[-1].evidence
    assert last is not None
    assert (last.label, last.score) == ("person", 0.6)


def test_a_parked_car_does_not_hold_an_event() -> None:
    class Street(Portrait):
        def detect(self, frame: np.ndarray[Any, Any], region: Box | None = None) -> list[Detection]:
            parked = Detection(Box(0, 150, 60, 60), 0.9, "car")
            return [*super().detect(frame, region), parked]

    outcomes = play(make(InlineGate(Street())), walk([(3, 8)], 20))
    ended = [o.time for o in outcomes for t in o.transitions if isinstance(t, Ended)]
    assert ended != []
    assert ended[0] < 14
