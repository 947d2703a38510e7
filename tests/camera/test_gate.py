"""The model in its thread: frames never wait for it, and what is wrong with it is said."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from app.camera.gate import HUNG_SECONDS, ThreadedGate
from app.media.frame import Frame
from app.vision.gate import FAILURES_ALLOWED, Detector, Look
from app.vision.person import ModelError, ModelMissing
from tests.camera.parts import Portrait, picture
from tests.deadline import eventually


def look(time: float) -> Look:
    return Look(Frame(bgr=picture(10), luma=None, time=time, media_time=time, index=0), time)


@pytest.fixture
def held() -> Iterator[tuple[Portrait, ThreadedGate]]:
    """A gate whose model hangs in its first look."""
    detector = Portrait(hold=True)
    gate = ThreadedGate(lambda: detector)
    gate.start()
    gate.ask(look(0.0))
    eventually(lambda: detector.asked == 1, "the model is asked")
    yield detector, gate
    detector.release.set()
    gate.close()


def test_while_the_model_is_busy_the_newest_question_wins(held: tuple[Portrait, ThreadedGate]) -> None:
    detector, gate = held
    for time in (0.5, 1.0, 1.5):
        gate.ask(look(time))
    assert gate.answers() == []
    detector.release.set()
    answered: list[float] = []
    eventually(lambda: answered.extend(s.look.time for s in gate.answers()) or len(answered) == 2, "answers")
    assert answered == [0.0, 1.5]
    assert detector.asked == 2


def test_a_model_that_hangs_counts_as_absent_until_it_answers(held: tuple[Portrait, ThreadedGate]) -> None:
    detector, gate = held
    gate.ask(look(HUNG_SECONDS - 1))
    assert gate.ready
    gate.ask(look(HUNG_SECONDS + 1))
    assert not gate.ready
    assert "not answered" in gate.problem
    detector.release.set()
    eventually(lambda: gate.ready, "the gate is ready again")
    assert gate.problem == ""


def test_a_missing_model_is_a_problem_and_not_a_crash(caplog: pytest.LogCaptureFixture) -> None:
    def load() -> Detector:
        raise ModelMissing("There is no person model at /srv/own.onnx", "own.onnx is missing")

    gate = ThreadedGate(load)
    gate.start()
    eventually(lambda: not gate.ready, "the gate gives up")
    assert gate.problem == "own.onnx is missing"
    assert "There is no person model at /srv/own.onnx" in caplog.text
    assert gate.model is None
    gate.ask(look(0.0))
    assert gate.answers() == []
    gate.close()


def test_what_the_model_looks_at_is_known_once_it_is_loaded() -> None:
    gate = ThreadedGate(Portrait)
    assert gate.input_size is None
    gate.start()
    eventually(lambda: gate.model, "the model is loaded")
    assert gate.input_size == Portrait.input_size
    gate.close()


def test_a_model_that_keeps_failing_is_given_up() -> None:
    class Broken(Portrait):
        def detect(self, frame: np.ndarray, region: object = None) -> list:  # type: ignore[type-arg]
            self.asked += 1
            raise RuntimeError("bad weights")

    broken = Broken()
    gate = ThreadedGate(lambda: broken)
    gate.start()
    for number in range(1, FAILURES_ALLOWED + 1):
        gate.ask(look(number))
        eventually(lambda number=number: broken.asked == number, "it is asked")
    eventually(lambda: not gate.ready, "the gate gives up")
    assert gate.problem == "it fails: bad weights"
    gate.close()


def test_a_better_model_that_could_not_be_used_is_said_while_another_is_in_use(
    caplog: pytest.LogCaptureFixture,
) -> None:
    second_best = Portrait()
    second_best.skipped = (ModelError("/srv/best.onnx is empty: fetch it", "best.onnx is empty"),)
    gate = ThreadedGate(lambda: second_best)
    gate.start()
    eventually(lambda: gate.model, "the model is loaded")
    eventually(lambda: "/srv/best.onnx is empty: fetch it" in caplog.text, "it is logged in full")
    assert gate.passed_over == "a better model could not be used: best.onnx is empty"
    assert (gate.ready, gate.problem) == (True, "")
    gate.close()
