"""From samples to the evidence a search may use, and what had to be left out of it and why."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import cv2

from app.learning.evaluate import Row
from app.learning.tune_again import asked_again
from app.learning.tune_case import Case, case_of
from app.learning.tune_judge import Judge
from app.learning.tune_knobs import Knobs
from app.learning.tune_play import Sight
from app.learning.tune_search import Evidence
from app.settings import Settings
from app.settings.labels import PERSON
from app.store.events import EventRecord
from app.store.samples import Sample
from app.vision.gate import Gate

log = logging.getLogger(__name__)

OTHER_MODEL = "were taken with another person model, which is not here to ask again"
NO_CAMERA = "are of cameras that are no longer in the settings"
UNREADABLE = "have pictures that cannot be read"
NO_ALERT_NOW = "would not alert any more with the settings as they are"
NO_EVENT = "false alarms have no record of their whole event, so only a mask could be tried on them: counted as staying"


@dataclass(frozen=True, slots=True)
class Gathered:
    """`cases` are all that the seed's table counts. `left_out`: how many tagged alerts, by reason."""

    cases: tuple[Case, ...]
    evidence: Evidence
    start: Knobs
    model: str | None
    """The person model that all of them were seen by; None: there was none."""
    left_out: Counter[str]


def gather(
    samples: Sequence[Sample],
    settings: Settings,
    judge: Judge,
    *,
    event_of: Callable[[str], EventRecord | None],
    gate: Callable[[Sequence[str]], Gate],
    view_since: Mapping[str, float],
) -> Gathered:
    """`gate` opens the present person model for such classes, if that is needed at all: a Pi takes seconds to load one.

    `view_since`: by camera, since when it looks where it looks, seconds since the epoch.
    """
    left_out: Counter[str] = Counter()
    cameras = {camera.name for camera in settings.cameras}
    known = []
    for sample in samples:
        if sample.record.camera in cameras and sample.record.frames:
            known.append(sample)
        else:
            left_out[NO_CAMERA] += sample.tag is not None
    of_this_model = _of_this_model(known, settings, gate, left_out)
    start = _start(of_this_model, settings)
    cases, false_alarms, people, maskable = [], [], [], set()
    for sample in of_this_model:
        case = case_of(sample, event_of(sample.record.id) if sample.record.reason == "alert" else None)
        if case.alert and not case.tagged:
            continue
        cases.append(case)
        if sample.record.taken >= view_since.get(case.camera, float("-inf")):
            maskable.add(case.id)
        if not case.alert:
            continue
        if case.occupied:
            if judge.verdict(case, start).alert:
                people.append(case)
            else:
                left_out[NO_ALERT_NOW] += 1
        elif judge.false_alarm_is_gone(case, start):
            left_out[NO_ALERT_NOW] += 1
        else:
            left_out[NO_EVENT] += case.rest is None
            false_alarms.append(case)
    evidence = Evidence(tuple(false_alarms), tuple(people), frozenset(maskable))
    model = of_this_model[0].record.person_model if of_this_model else None
    return Gathered(tuple(cases), evidence, start, model, left_out)


def table(
    judge: Judge, cases: Sequence[Case], knobs: Knobs, sights: Mapping[str, Sight] | None = None
) -> Counter[Row]:
    """The seed's table, as it would be with `knobs`. `sights`: what clips, where they were played, tell instead of
    the sample's frames."""
    rows: Counter[Row] = Counter()
    for case in cases:
        seen = (sights or {}).get(case.id) or judge.verdict(case, knobs)
        rows[Row(int(seen.motion), int(seen.person), int(case.occupied))] += 1
    return rows


def _of_this_model(
    samples: Sequence[Sample],
    settings: Settings,
    gate: Callable[[Sequence[str]], Gate],
    left_out: Counter[str],
) -> list[Sample]:
    """All as the model of the newest sample saw them: that is the one the camera has."""
    if not samples:
        return []
    present = max(samples, key=lambda sample: sample.record.taken).record.person_model
    opened: Gate | None = None
    kept = []
    for sample in samples:
        if sample.record.person_model == present:
            kept.append(sample)
        elif sample.tag is not None and present is not None:
            opened = opened or gate((PERSON,))
            if not opened.ready or opened.model != present:
                left_out[OTHER_MODEL] += 1
                continue
            try:
                kept.append(asked_again(sample, opened, settings))
            except (OSError, ValueError, cv2.error) as error:
                log.warning("the sample %s cannot be looked at again: %s", sample.record.id, error)
                left_out[UNREADABLE] += 1
        else:
            left_out[OTHER_MODEL] += sample.tag is not None
    return kept


def _start(samples: Sequence[Sample], settings: Settings) -> Knobs:
    """The settings as they are. A score that is not set is the model's own, which its samples tell."""
    score = settings.person.min_score
    if samples:
        newest = max(samples, key=lambda sample: sample.record.taken).record
        score = None if newest.person_model is None else score if score is not None else newest.min_score
    return Knobs(
        min_area_percent=settings.motion.min_area_percent,
        min_score=score,
        threshold_levels=settings.motion.threshold_levels,
        min_moving_frames=settings.trigger.min_moving_frames,
        confirm_below=settings.trigger.confirm_below,
    )
