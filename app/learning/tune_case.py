"""A sample as the tuner judges it: what moved, what the person model said, and what is known of the whole event.

A sample of an alert ends with the alert: what came after it is not in it. So the two sides are held to different
proofs, each the careful one. A person counts as kept only if the frames up to the alert would still have alerted
(not "a second later, probably"). A false alarm counts as gone only if, besides, what the event's record says of the
rest of the event rules it out, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo

from app.domain import Box, Detection, Tag
from app.learning.report import local_time
from app.store.events import EventRecord
from app.store.samples import FrameFacts, Sample

SCORE_SLACK = 0.1
"""An event's score is noted anew only when it rises by so much (trigger.py): the true best is below score + this."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One frame. `people` is None if the gate was not asked about it. Boxes in pixels of the sample's pictures."""

    time: float
    area_percent: float
    boxes: tuple[Box, ...]
    people: tuple[Detection, ...] | None


@dataclass(frozen=True, slots=True)
class Rest:
    """The whole event, as far as its record tells. Boxes in fractions of the frame: left, top, width, height."""

    peak_area_percent: float
    best_score: float | None
    """No frame had a better one, 0..1; None: not known of this model."""
    boxes: tuple[tuple[float, float, float, float], ...]


@dataclass(frozen=True, slots=True)
class Case:
    """One sample."""

    id: str
    camera: str
    day: date
    alert: bool
    occupied: bool
    tagged: bool
    gated: bool
    """Whether there was a person model."""
    size: tuple[int, int]
    """Width and height of the pictures, pixels."""
    moments: tuple[Moment, ...]
    rest: Rest | None
    """None: the event's record is gone, or it is no alert."""


def case_of(sample: Sample, event: EventRecord | None, zone: tzinfo | None = None) -> Case:
    """`event`: the record of the same id; days are those of `zone` (None: this machine's)."""
    record = sample.record
    return Case(
        id=record.id,
        camera=record.camera,
        day=local_time(sample, zone).date(),
        alert=record.reason == "alert",
        occupied=sample.tag is not None and sample.tag.tag is Tag.OCCUPIED,
        tagged=sample.tag is not None,
        gated=record.person_model is not None,
        size=(record.width, record.height),
        moments=tuple(map(_moment, record.frames)),
        rest=_rest(event) if event is not None else None,
    )


def _moment(facts: FrameFacts) -> Moment:
    """Of several people only the best one's score is in the sample: it is taken for all of them."""
    score = facts.person_score
    people = None if score is None else tuple(Detection(Box(*box), score) for box in facts.person_boxes)
    return Moment(facts.time, facts.area_percent, tuple(Box(*box) for box in facts.boxes), people)


def _rest(event: EventRecord) -> Rest | None:
    if event.ended is None or not event.width or not event.height:
        return None  # a crash in the middle of it: nothing is known of its end
    return Rest(
        peak_area_percent=event.peak_area_percent,
        best_score=None if event.person_score is None else event.person_score + SCORE_SLACK,
        boxes=_fractions(event.boxes, event.width, event.height),
    )


def _fractions(
    boxes: Sequence[tuple[int, int, int, int]], width: int, height: int
) -> tuple[tuple[float, float, float, float], ...]:
    return tuple((x / width, y / height, w / width, h / height) for x, y, w, h in boxes)


def newest_first(cases: Iterable[Case]) -> list[Case]:
    """By their ids, which begin with the time."""
    return sorted(cases, key=lambda case: case.id, reverse=True)
