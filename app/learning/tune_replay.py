"""The pictures of a sample once more through the real eyes, as set and as proposed.

A sample holds some three seconds, and motion needs to know the scene before it: first the pictures of the quiet
sample nearest in time are played, if the camera took one within two hours; else the sample's own first second goes
into learning. Whether that was enough shows by itself: a sample that does not alert with the settings it alerted
with proves nothing, and is said to be so. The person model's answers are those recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from app.domain import Detection
from app.learning.tune_case import Case
from app.learning.tune_knobs import SECTION, Knobs, turned
from app.media.frame import Frame
from app.settings import CameraSettings, Settings
from app.store.samples import Sample
from app.vision.gate import Look, Seen
from app.vision.pipeline import pipeline_for
from app.vision.trigger import Started

RUN_IN_SECONDS = 2 * 3600.0
"""Further apart the light is another, and the run-in teaches the wrong scene."""

PICTURES_SECONDS = 300.0
"""For all of them together: with those of the clips, what Slack and the weekly message wait for (tune_clips.py)."""

_MOST_LOOKS_PER_SECOND = 30.0  # the recorded answers set the pace, not this machine's

Picture = np.ndarray[Any, Any]


class Recorded:
    """A gate that says of each frame what was said of it then, if it was asked."""

    ready, model, problem, passed_over = True, "recorded", "", ""
    input_size = None

    def __init__(self, case: Case, min_score: float) -> None:
        self.min_score: float | None = min_score
        self._people = {
            m.time: [p for p in m.people if p.score >= min_score]
            for m in case.moments
            if m.people is not None
        }
        self._answers: list[Seen] = []

    def ask(self, look: Look) -> None:
        """Answered only if that frame was asked about then."""
        people: list[Detection] | None = self._people.get(look.frame.time)
        if people is not None:
            self._answers.append(Seen(look, people))

    def answers(self) -> list[Seen]:
        """The answer to the last question, once."""
        answers, self._answers = self._answers, []
        return answers


class Player:
    """Plays cases that have a person model. `samples` are all there are, of every camera; `clock` tells seconds."""

    def __init__(self, settings: Settings, samples: Sequence[Sample], clock: Callable[[], float]) -> None:
        self._settings = settings
        self._samples = {sample.record.id: sample for sample in samples}
        self._quiet = [sample for sample in samples if sample.record.reason == "quiet"]
        self._clock, self._seconds_left = clock, PICTURES_SECONDS
        self._verdicts: dict[Any, bool | None] = {}
        self.not_played: set[str] = set()
        """The cases for which there was no time."""

    def alerts(self, case: Case, knobs: Knobs) -> bool | None:
        """Whether the eyes would alert; None if the pictures cannot be played, or the time for that is up."""
        masks = tuple(knobs.masks.get(case.camera, ()))
        key = (case.id, masks, *(getattr(knobs, wheel) for wheel in SECTION))
        if key not in self._verdicts:
            if self._seconds_left <= 0:
                self.not_played.add(case.id)
                return None
            began = self._clock()
            self._verdicts[key] = self._play(case, knobs)
            self._seconds_left -= self._clock() - began
        return self._verdicts[key]

    def _play(self, case: Case, knobs: Knobs) -> bool | None:
        sample = self._samples[case.id]
        try:
            pictures, run_in = _pictures(tuple(sample.pictures)), self._run_in(sample)
        except (OSError, ValueError, cv2.error):
            return None
        if not pictures or not case.gated:
            return None
        pipeline = pipeline_for(*self._turned(case, knobs), Recorded(case, knobs.min_score or 0.0))
        fps = self._settings.camera(case.camera).fps
        first = case.moments[0].time
        times = [first - (len(run_in) - i) / fps for i in range(len(run_in))] + [m.time for m in case.moments]
        for index, (time, picture) in enumerate(zip(times, (*run_in, *pictures), strict=True)):
            outcome = pipeline.step(Frame(picture, None, time, time - times[0], index))
            if outcome is not None and any(isinstance(t, Started) for t in outcome.transitions):
                return True
        return False

    def _turned(self, case: Case, knobs: Knobs) -> tuple[Settings, CameraSettings]:
        settings, camera = turned(self._settings, self._settings.camera(case.camera), knobs)
        scale = min(1.0, case.size[0] / camera.width_pixels)
        person = settings.person.model_copy(
            update={
                "max_per_second": _MOST_LOOKS_PER_SECOND,
                "min_height_pixels": settings.person.min_height_pixels * scale,
            }
        )
        return settings.model_copy(update={"person": person}), camera

    def _run_in(self, sample: Sample) -> tuple[Picture, ...]:
        record = sample.record
        near = [
            other
            for other in self._quiet
            if other.record.camera == record.camera
            and (other.record.width, other.record.height) == (record.width, record.height)
            and abs(other.record.taken - record.taken) <= RUN_IN_SECONDS
        ]
        if not near:
            return ()
        return _pictures(tuple(min(near, key=lambda o: abs(o.record.taken - record.taken)).pictures))


@lru_cache(maxsize=2)
def _pictures(paths: tuple[Path, ...]) -> tuple[Picture, ...]:
    """Decoded, BGR; a sample and its run-in, 28 MB each at most, serve before and after.

    Raises OSError or ValueError.
    """
    return tuple(map(_picture, paths))


def _picture(path: Path) -> Picture:
    data = np.frombuffer(path.read_bytes(), np.uint8)
    picture = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    if picture is None:
        raise ValueError(f"{path} is no picture")
    return picture
