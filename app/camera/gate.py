"""The person model in a thread of its own: the newest question wins, and no frame ever waits for an answer."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from app.camera.pace import stopwatch
from app.settings.schema import CameraSettings, Settings
from app.vision.gate import (
    FAILURES_ALLOWED,
    Detector,
    Gate,
    InlineGate,
    Look,
    NoGate,
    Seen,
    failure,
    log_model,
    passed_over,
)
from app.vision.person import ModelError, load_detector

log = logging.getLogger(__name__)

HUNG_SECONDS = 15.0
"""Ten times what the slowest Pi needs for one look; a model that takes longer counts as absent until it answers."""


class ThreadedGate:
    """A gate (`app.vision.gate.Gate`) around a detector that is loaded and asked in the background.

    While the model loads, questions wait for it. One that cannot be loaded, keeps failing or hangs is a
    `problem`, and `ready` turns False: motion decides alone.
    """

    def __init__(self, load: Callable[[], Detector]) -> None:
        self._load = load
        self._changed = threading.Condition()
        self._next: Look | None = None
        self._answers: list[Seen] = []
        self._detector: Detector | None = None
        self._problem = ""
        self._failures = 0
        self._usable, self._closed = True, False
        self._waiting_since: float | None = None
        self._newest = 0.0
        self._thread = threading.Thread(target=self._run, name="person-gate", daemon=True)

    def start(self) -> None:
        """Begin to load the model."""
        self._thread.start()

    def close(self, timeout: float = 2.0) -> None:
        """Ask no more. A model that hangs is left to the end of the process."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join(timeout)

    @property
    def ready(self) -> bool:
        """Whether an answer can be expected."""
        return self._usable and not self._hangs

    @property
    def model(self) -> str | None:
        """The name of the loaded model."""
        return self._detector.name if self._detector else None

    @property
    def min_score(self) -> float | None:
        """The loaded model's threshold."""
        return self._detector.min_score if self._detector else None

    @property
    def input_size(self) -> tuple[int, int] | None:
        """What the loaded model looks at."""
        return self._detector.input_size if self._detector else None

    @property
    def problem(self) -> str:
        """Why there is no model to ask, or that it does not answer; else empty."""
        if self._problem or not self._hangs:
            return self._problem
        return f"it has not answered for {HUNG_SECONDS:.0f} s"

    @property
    def passed_over(self) -> str:
        """Why a better model than the one in use is not; empty if none is better."""
        return passed_over(self._detector) if self._detector else ""

    def ask(self, look: Look) -> None:
        """Put a question; one that still waits gives way."""
        with self._changed:
            self._next, self._newest = look, look.time
            if self._waiting_since is None:
                self._waiting_since = look.time
            self._changed.notify_all()

    def answers(self) -> list[Seen]:
        """What was answered since the last call."""
        if not self._answers:  # most frames: not worth taking the lock
            return []
        with self._changed:
            answers, self._answers = self._answers, []
        return answers

    @property
    def _hangs(self) -> bool:
        since = self._waiting_since
        return since is not None and self._newest - since > HUNG_SECONDS

    def _run(self) -> None:
        try:
            self._detector = detector = self._load()
        except ModelError as error:
            log.error("the person model cannot be used: %s", error)
            self._give_up(error.brief)
            return
        except Exception as error:
            log.exception("the person model could not be loaded")
            self._give_up(f"it could not be loaded: {type(error).__name__}")
            return
        log_model(detector)
        while (look := self._take()) is not None:
            self._answer(detector, look)
            if self._failures >= FAILURES_ALLOWED:
                self._give_up(self._problem)
                return

    def _take(self) -> Look | None:
        with self._changed:
            self._changed.wait_for(lambda: self._next is not None or self._closed)
            look, self._next = self._next, None
            return None if self._closed else look

    def _answer(self, detector: Detector, look: Look) -> None:
        try:
            seen = Seen(look, detector.detect(look.frame.bgr, look.region))
        except Exception as error:  # noqa: BLE001 — whatever an engine raises, frames go on
            self._failures += 1
            log.warning("the person model fails: %s", error)
            self._problem = failure(error)
            seen = None
        with self._changed:
            if seen is not None:
                self._failures, self._problem = 0, ""
                self._answers.append(seen)
            self._waiting_since = self._next.time if self._next else None

    def _give_up(self, problem: str) -> None:
        log.error("motion decides alone, nobody asks whether it is a person: %s", problem)
        self._problem, self._usable = problem, False
        with self._changed:
            self._next = None


def gate_for(settings: Settings, camera: CameraSettings) -> tuple[Gate, Callable[[], None]]:
    """The gate and what stops it. A clip played as fast as it goes is looked at frame by frame, with the same
    result on every machine; everything else must not wait for a model."""

    def load() -> Detector:
        person = settings.person
        folder: Path = settings.storage.data / "models"
        size = (camera.width_pixels, camera.height_pixels)
        return load_detector(
            person.model,
            search=[folder],
            min_score=person.min_score,
            threads=person.threads,
            night=person.night,
            classes=camera.classes,
            # Frame by frame nothing is late, and how fast this machine is must change nothing.
            looks_per_second=None if camera.as_fast_as_possible else person.max_per_second,
            stopwatch=stopwatch(folder, size),
        )

    if not camera.as_fast_as_possible:
        gate = ThreadedGate(load)
        gate.start()
        return gate, gate.close
    try:
        return InlineGate(load()), lambda: None
    except ModelError as error:
        log.error("motion decides alone, nobody asks whether it is a person: %s", error)
        return NoGate(error.brief), lambda: None
