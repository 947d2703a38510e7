"""From samples to the rows that can be learned from, and what had to be left out of them and why. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from pathlib import Path

from app.domain import Tag
from app.learning.report import local_time
from app.store.events import EventRecord
from app.store.samples import Sample
from app.vision.quieten import speaks_against
from app.vision.signals import best_score, signals

LEAST_OF_CAMERA = 10
"""Tags that a camera needs to be learned from, and ever quietened: another's false alarms are not its own."""

OTHER_MODEL = "were taken with another person model, whose scores mean something else"
NO_CAMERA = "are of cameras that are no longer in the settings"
NO_SCORE = "have no look of the person model that saw anybody: never quietened, so nothing to learn"
FEW_OF_CAMERA = f"are of cameras with fewer than {LEAST_OF_CAMERA} of them: never quietened"


@dataclass(frozen=True, slots=True)
class Example:
    """One alert as it was when it went out."""

    id: str
    camera: str
    taken: float
    """Seconds since the epoch."""
    day: date
    values: tuple[float, ...]
    """Its signals."""
    score: float
    """The best, 0..1."""
    sure: bool
    """From `never_above` on: never quietened."""
    lifted: bool
    """Not at once, but later in its event: it would not have stayed quiet."""
    occupied: bool | None
    """None: nobody tagged it."""
    picture: Path | None
    """Of its last frame; None where the pictures are elsewhere."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """`tagged` and `untagged` alerts of one person model. `left_out`: how many tagged ones, by reason."""

    tagged: tuple[Example, ...]
    untagged: tuple[Example, ...]
    person_model: str
    left_out: Counter[str]


def gather(
    samples: Sequence[Sample],
    cameras: Iterable[str],
    never_above: float,
    *,
    event_of: Callable[[str], EventRecord | None],
    zone: tzinfo | None = None,
) -> Gathered:
    """Those of the newest sample's person model: that is the one the cameras have. Days are `zone`'s.

    `event_of`: the event of that id, if its record is still there.
    """
    known, left_out = set(cameras), Counter[str]()
    model = max(samples, key=lambda one: one.record.taken).record.person_model if samples else None
    examples = []
    for sample in samples:
        if sample.record.reason != "alert":
            continue
        if sample.record.camera not in known:
            left_out[NO_CAMERA] += sample.tag is not None
        elif sample.record.person_model != model:
            left_out[OTHER_MODEL] += sample.tag is not None
        elif model is None or (example := _example(sample, never_above, event_of, zone)) is None:
            left_out[NO_SCORE] += sample.tag is not None
        else:
            examples.append(example)
    tags = Counter(example.camera for example in examples if example.occupied is not None)
    learned = [example for example in examples if tags[example.camera] >= LEAST_OF_CAMERA]
    left_out[FEW_OF_CAMERA] += sum(n for n in tags.values() if n < LEAST_OF_CAMERA)
    return Gathered(
        tagged=tuple(example for example in learned if example.occupied is not None),
        untagged=tuple(example for example in learned if example.occupied is None),
        person_model=model or "",
        left_out=left_out,
    )


def _example(
    sample: Sample, never_above: float, event_of: Callable[[str], EventRecord | None], zone: tzinfo | None
) -> Example | None:
    record = sample.record
    values = signals(record.frames, (record.width, record.height), zone)
    score = best_score(record.frames)
    if values is None or score is None:
        return None
    event, sure = event_of(record.id), speaks_against(score, never_above)
    return Example(
        id=record.id,
        camera=record.camera,
        taken=record.taken,
        day=local_time(sample, zone).date(),
        values=values,
        score=score,
        sure=sure,
        lifted=not sure and event is not None and speaks_against(event.person_score, never_above),
        occupied=None if sample.tag is None else sample.tag.tag is Tag.OCCUPIED,
        picture=sample.pictures[-1] if sample.pictures else None,
    )
