"""`pycam replay CLIP`: the eyes alone on a recorded clip, as fast as it goes. No Redis, no Slack, no disk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.domain import Box
from app.media.sources import SourceError
from app.media.sources.file import FileSource
from app.settings import CameraSettings, Settings
from app.settings.labels import PERSON
from app.vision.gate import Gate, InlineGate, NoGate
from app.vision.person import ModelError, load_detector
from app.vision.pipeline import Outcome, pipeline_for
from app.vision.trigger import Ended


class FramesLeftOut(Exception):
    """The clip was read to its end, but `damaged` packets and frames of it could not be decoded."""

    def __init__(self, clip: Path, damaged: int) -> None:
        frames = "1 damaged frame was" if damaged == 1 else f"{damaged} damaged frames were"
        super().__init__(f"{clip.name}: {frames} left out; what they showed was not looked at")
        self.damaged = damaged


@dataclass(frozen=True, slots=True)
class ReplayedEvent:
    """One event of a clip. Seconds into the clip; boxes in pixels of its frames."""

    start_s: float
    end_s: float
    frames: int
    peak_area_percent: float
    person_score: float | None
    """Best score, 0..1; None: there was no model to ask."""
    boxes: tuple[Box, ...]
    """In the frame that shows it best: people, or what moved."""
    end_reason: str
    label: str = PERSON
    """What the score and the boxes are of."""


def gate_for(settings: Settings, classes: Sequence[str] = (PERSON,)) -> Gate:
    """The person model as set, asked frame by frame; NoGate with the reason where there is none."""
    person = settings.person
    try:
        detector = load_detector(
            person.model,
            search=[settings.storage.data / "models"],
            min_score=person.min_score,
            threads=person.threads,
            night=person.night,
            classes=classes,
            looks_per_second=person.max_per_second,
        )
    except ModelError as error:
        return NoGate(str(error))
    return InlineGate(detector)


def replay(clip: Path, settings: Settings, camera: CameraSettings, gate: Gate) -> Iterator[ReplayedEvent]:
    """The events of `clip` as `camera` would have seen them, each as soon as it is over.

    Raises SourceError if the clip cannot be read, or cannot be read on, and FramesLeftOut after the last event
    if it is damaged on the way; the events before that were yielded.
    """
    pipeline = pipeline_for(settings, camera, gate)
    last: Outcome | None = None
    failure: SourceError | FramesLeftOut | None = None
    source = FileSource(clip, as_fast_as_possible=True)
    try:
        with source:
            while (frame := source.read()) is not None:
                outcome = pipeline.step(frame)
                if outcome is None:
                    continue
                last = outcome
                yield from (_told(t, outcome) for t in outcome.transitions if isinstance(t, Ended))
        if source.damaged:
            failure = FramesLeftOut(clip, source.damaged)
    except SourceError as error:
        failure = error
    over = pipeline.finish()
    if last is not None:
        yield from (_told(t, last) for t in over if isinstance(t, Ended))
    if failure is not None:
        raise failure


def _told(ended: Ended, outcome: Outcome) -> ReplayedEvent:
    visit = ended.visit
    return ReplayedEvent(
        start_s=round(visit.started, 3),
        end_s=round(visit.last_active, 3),
        frames=visit.frames,
        peak_area_percent=round(visit.peak_area_percent, 2),
        person_score=None if visit.score is None else round(visit.score, 3),
        boxes=outcome.evidence.boxes if outcome.evidence else (),
        end_reason=ended.reason,
        label=outcome.evidence.label if outcome.evidence else PERSON,
    )
