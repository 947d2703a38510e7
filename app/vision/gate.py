"""The gate: is a person there? Asked seldom, about one frame at a time, answered now or later.

`InlineGate` answers before the next frame: the same footage gives the same answers, however slow the machine.
The live camera has a threaded one, which never makes a frame wait.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from app.domain import Box, Detection
from app.vision.modelfile import ModelError

log = logging.getLogger(__name__)

FAILURES_ALLOWED = 3
"""So many failures in a row, and the model counts as broken: one may come from a bad frame."""


class Picture(Protocol):
    """What the eyes need of a frame; `app.media.frame.Frame` is one."""

    @property
    def bgr(self) -> np.ndarray[Any, Any]:
        """Height × width × 3, uint8."""

    @property
    def luma(self) -> np.ndarray[Any, Any] | None:
        """A small grey plane of the same moment, if the camera makes one."""

    @property
    def time(self) -> float:
        """Seconds since the epoch."""

    @property
    def media_time(self) -> float:
        """Seconds since the source was opened, or into the clip."""


class Detector(Protocol):
    """`app.vision.person.PersonDetector` is one."""

    @property
    def name(self) -> str:
        """Of the model, for people."""

    @property
    def min_score(self) -> float:
        """0..1."""

    @property
    def input_size(self) -> tuple[int, int]:
        """(width, height) of what it looks at, pixels."""

    @property
    def skipped(self) -> tuple[ModelError, ...]:
        """One sentence for each better model that could not be used."""

    def detect(self, frame: np.ndarray[Any, Any], region: Box | None = None) -> list[Detection]:
        """The people in the frame, best first."""


@dataclass(frozen=True, slots=True)
class Look:
    """One question. `time` in the pipeline's seconds; boxes in pixels of the frame."""

    frame: Picture
    time: float
    moved: Sequence[Box] = ()
    region: Box | None = None
    """Where to look; None: everywhere."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The answer."""

    look: Look
    people: list[Detection] = field(default_factory=list)


class Gate(Protocol):
    """One person model, wherever it runs."""

    @property
    def ready(self) -> bool:
        """Whether it can be expected to answer. False: motion has to decide alone."""

    @property
    def model(self) -> str | None:
        """The name of the model in use."""

    @property
    def min_score(self) -> float | None:
        """From which score it counts somebody as a person, 0..1."""

    @property
    def input_size(self) -> tuple[int, int] | None:
        """(width, height) of what the model looks at, pixels: a crop of that shape wastes none of it. None: not
        known (yet)."""

    @property
    def problem(self) -> str:
        """One sentence on why there is no model; empty if there is."""

    @property
    def passed_over(self) -> str:
        """Why a better model than the one in use is not; empty if none is better."""

    def ask(self, look: Look) -> None:
        """Put a question. A newer one may take the place of one that still waits."""

    def answers(self) -> list[Seen]:
        """What was answered since the last call, in the order asked."""


def passed_over(detector: Detector) -> str:
    """What there is to say in status of better models that `detector` had to stand in for."""
    if not detector.skipped:
        return ""
    return f"a better model could not be used: {'; '.join(error.brief for error in detector.skipped)}"


def failure(error: Exception) -> str:
    """What there is to say in alerts and in status of a model that failed on a frame; its text is for the log."""
    return error.brief if isinstance(error, ModelError) else f"it fails: {error}"


def log_model(detector: Detector) -> None:
    """Which model looks for people, and which could not."""
    log.info("people are recognised by %s from a score of %.2f", detector.name, detector.min_score)
    for error in detector.skipped:
        log.warning("a better model could not be used: %s", error)


class NoGate:
    """No model: motion decides alone."""

    ready = False
    model = None
    min_score = None
    input_size = None
    passed_over = ""

    def __init__(self, problem: str) -> None:
        self.problem = problem

    def ask(self, look: Look) -> None:
        """Nobody is there to ask."""

    def answers(self) -> list[Seen]:
        """Never any."""
        return []


class InlineGate:
    """Answers within `ask`."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self._failures = 0
        self._answers: list[Seen] = []
        self.problem = ""
        self.passed_over = passed_over(detector)
        log_model(detector)

    @property
    def ready(self) -> bool:
        """Until it has failed too often in a row."""
        return self._failures < FAILURES_ALLOWED

    @property
    def model(self) -> str | None:
        """The model's name."""
        return self._detector.name

    @property
    def min_score(self) -> float | None:
        """The model's threshold."""
        return self._detector.min_score

    @property
    def input_size(self) -> tuple[int, int] | None:
        """The model's own."""
        return self._detector.input_size

    def ask(self, look: Look) -> None:
        """Look, now."""
        try:
            people = self._detector.detect(look.frame.bgr, look.region)
        except Exception as error:  # noqa: BLE001 — whatever an engine raises, footage goes on
            self._failures += 1
            self.problem = failure(error)
            log.warning("the person model fails: %s", error)
            return
        self._failures, self.problem = 0, ""
        self._answers.append(Seen(look, people))

    def answers(self) -> list[Seen]:
        """The answer to the last question, once."""
        answers, self._answers = self._answers, []
        return answers
