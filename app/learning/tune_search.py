"""The search: which change removes most false alarms and loses nobody, and whether that holds on days it has not seen.

Coordinate search, because a Pi has to do it: each round tries every value of every knob and takes the one that
removes most; then each turned knob is turned back as far as that costs nothing. Knobs are only ever tightened, so
that nothing alerts afterwards that did not before. Of equal ones the smallest change wins: it leaves people most room.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from app.learning.tune_case import Case
from app.learning.tune_knobs import Knobs, Turn, Wheel
from app.learning.tune_masks import masks_for
from app.learning.tune_proof import Proof

AREA_FACTORS = (1.25, 1.5, 2.0, 2.5, 3.0, 4.0)
"""Beyond four times the area a person at the far end of a garden is gone, whoever was tagged so far."""

SCORE_STEP, MOST_SCORE_STEPS, HIGHEST_SCORE = 0.05, 5, 0.8
"""A quarter above what suits the model is as far as some weeks of tags can vouch for."""

MOST_FOLDS = 7
"""Each costs a search; a week's days are told apart."""


class Found(NamedTuple):
    """`knobs` as they were if nothing helps. The ids of the false alarms that go."""

    knobs: Knobs
    gone: frozenset[str]


class HeldOut(NamedTuple):
    """Each day judged with what was found on the others."""

    gone: int
    false_alarms: int
    lost: int
    people: int
    days: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """The tagged alerts that count: `false_alarms` are still there with the settings as they are, and `people`,
    whose frames still alert with those."""

    false_alarms: tuple[Case, ...]
    people: tuple[Case, ...]
    maskable: frozenset[str]
    """Ids of the cases whose pictures show what the camera still looks at."""
    turns: tuple[Turn, ...] = ()
    """What may be turned of FROM_CLIPS, the smallest of each wheel first."""

    def without(self, days: frozenset[date]) -> Evidence:
        """All but those days'."""
        return self._where(lambda case: case.day not in days)

    def only(self, days: frozenset[date]) -> Evidence:
        """Those days' alone."""
        return self._where(lambda case: case.day in days)

    def _where(self, fits: Callable[[Case], bool]) -> Evidence:
        return replace(
            self,
            false_alarms=tuple(filter(fits, self.false_alarms)),
            people=tuple(filter(fits, self.people)),
        )


def search(proof: Proof, evidence: Evidence, start: Knobs, wheels: Sequence[Wheel]) -> Found:
    """The best way to turn `wheels`, some of WHEELS, from `start`."""
    best = Found(start, frozenset())
    while True:
        tried = [
            Found(knobs, gone)
            for knobs in _turns(best.knobs, start, evidence, wheels)
            if (gone := _gone(proof, evidence, knobs, best.gone)) is not None
        ]
        # max() takes the first of equals, and _turns begins with the smallest.
        better = max(tried, key=lambda found: len(found.gone), default=best)
        if len(better.gone) <= len(best.gone):
            return _eased(proof, evidence, start, best, wheels)
        best = better


def held_out(proof: Proof, evidence: Evidence, start: Knobs, wheels: Sequence[Wheel]) -> HeldOut:
    """Cross-validation by day: alerts of one day resemble each other, so none of them may be on both sides."""
    days = sorted({case.day for case in (*evidence.false_alarms, *evidence.people)})
    gone = lost = 0
    for fold in range(min(len(days), MOST_FOLDS)):
        out = frozenset(days[fold::MOST_FOLDS])
        knobs = search(proof, evidence.without(out), start, wheels).knobs
        unseen = evidence.only(out)
        gone += sum(proof.gone(case, knobs) for case in unseen.false_alarms)
        lost += sum(not proof.kept(case, knobs) for case in unseen.people)
    return HeldOut(gone, len(evidence.false_alarms), lost, len(evidence.people), len(days))


def _turns(now: Knobs, start: Knobs, evidence: Evidence, wheels: Sequence[Wheel]) -> Iterator[Knobs]:
    """Every single turn from `now`, those first that change least of what people see."""
    if "masks" in wheels:
        for camera in sorted({case.camera for case in evidence.false_alarms} - now.masks.keys()):
            polygons = masks_for(
                (c for c in evidence.false_alarms if c.camera == camera and c.id in evidence.maskable),
                (c for c in evidence.people if c.camera == camera and c.id in evidence.maskable),
            )
            if polygons:
                yield replace(now, masks={**now.masks, camera: polygons})
    if "min_area_percent" in wheels:
        for factor in AREA_FACTORS:
            area = round(start.min_area_percent * factor, 2)
            if area > now.min_area_percent:
                yield replace(now, min_area_percent=area)
    if "min_score" in wheels and now.min_score is not None and start.min_score is not None:
        for step in range(1, MOST_SCORE_STEPS + 1):
            score = round(start.min_score + step * SCORE_STEP, 2)
            if now.min_score < score <= HIGHEST_SCORE:
                yield replace(now, min_score=score)
    for turn in evidence.turns:
        if turn.wheel in wheels and turn.value > getattr(now, turn.wheel):
            yield turn.of(now)


def _gone(proof: Proof, evidence: Evidence, knobs: Knobs, known: frozenset[str]) -> frozenset[str] | None:
    """The false alarms that `knobs` remove; None if they lose somebody. `known` are removed by looser ones."""
    if not all(proof.kept(case, knobs) for case in evidence.people):
        return None
    return known | {
        case.id for case in evidence.false_alarms if case.id not in known and proof.gone(case, knobs)
    }


def _eased(proof: Proof, evidence: Evidence, start: Knobs, found: Found, wheels: Sequence[Wheel]) -> Found:
    """What a later turn has made needless is turned back."""
    for name in wheels:
        back = replace(found.knobs, **{name: getattr(start, name)})
        if back != found.knobs:
            gone = _gone(proof, evidence, back, frozenset())
            if gone is not None and len(gone) >= len(found.gone):
                found = Found(back, gone)
    return found
