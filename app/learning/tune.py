"""`pycam tune`: which change of the settings removes most false alarms without losing one tagged person.

1. gather what is tagged, as the present person model saw it       tune_evidence.py
2. search                                                          tune_search.py, tune_judge.py, tune_masks.py
3. hold it against days it has not seen                            tune_search.held_out
4. play the pictures of what it concerns through the real eyes     tune_replay.py
5. say before and after; nothing is changed here

If 3 or 4 fails, the search is asked again for less: for masks alone, then for the numbers alone. A change that
loses a person whom it has not seen is no change to propose, however many false alarms it removes.

Not tuned: the vote (trigger.min_moving_frames, confirm_below). A sample ends with its alert, so that of what a longer
vote would have seen next there is no picture. Nor motion.threshold_levels: what another one would have made of the rest
of a false alarm's event is in no record; the least area, which is, turns the same way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.learning.evaluate import Row
from app.learning.tune_case import Case
from app.learning.tune_evidence import gather, table
from app.learning.tune_judge import Judge, Knobs
from app.learning.tune_replay import Player
from app.learning.tune_search import WHEELS, Evidence, HeldOut, Wheel, held_out, search
from app.settings import Settings
from app.store.events import EventRecord
from app.store.samples import Sample
from app.vision.gate import Gate

LEAST_TAGS, LEAST_PEOPLE, LEAST_FALSE_ALARMS, LEAST_DAYS = 20, 5, 3, 2
"""With fewer people "none was lost" says little (of 5 kept, up to 43 % could still be lost); with fewer than 20 tags
each proposal is chance; and one day cannot be held against another."""

LADDER: tuple[tuple[Wheel, ...], ...] = (WHEELS, ("masks",), ("min_area_percent", "min_score"))


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many the eyes themselves confirmed, of those that alert when their pictures are played as set."""

    gone: int
    gone_of: int
    kept: int
    kept_of: int


@dataclass(frozen=True, slots=True)
class Tuned:
    """`after` is None where nothing is proposed, and `why` then says why."""

    start: Knobs
    before: Counter[Row]
    false_alarms: int
    people: int
    days: int
    left_out: Counter[str]
    why: str = ""
    knobs: Knobs | None = None
    after: Counter[Row] | None = None
    gone: int = 0
    unseen: HeldOut | None = None
    replayed: Replayed | None = None


def tune(
    samples: Sequence[Sample],
    settings: Settings,
    *,
    event_of: Callable[[str], EventRecord | None],
    gate: Callable[[], Gate],
    view_since: Mapping[str, float],
) -> Tuned:
    """The proposal, or why there is none. Arguments as for `tune_evidence.gather`."""
    judge = Judge(settings)
    gathered = gather(samples, settings, judge, event_of=event_of, gate=gate, view_since=view_since)
    evidence, start = gathered.evidence, gathered.start
    days = len({case.day for case in (*evidence.false_alarms, *evidence.people)})
    result = Tuned(
        start=start,
        before=table(judge, gathered.cases, start),
        false_alarms=len(evidence.false_alarms),
        people=len(evidence.people),
        days=days,
        left_out=gathered.left_out,
    )
    if why := _too_few(result):
        return replace(result, why=why)
    player = Player(settings, samples)
    why = "no change would remove a false alarm without losing a tagged person"
    for wheels in LADDER:
        found = search(judge, evidence, start, wheels)
        if not found.gone:
            continue
        unseen = held_out(judge, evidence, start, wheels)
        if unseen.lost or not unseen.gone:
            why = "what helps on some days does not hold on the others: more tags will tell"
            continue
        refuted, replayed = _replay(player, evidence, start, found.knobs, found.gone)
        gone = found.gone - refuted
        if replayed.kept < replayed.kept_of or not gone:
            why = "what the numbers promise does not hold when the pictures are played again"
            continue
        after = table(judge, gathered.cases, found.knobs)
        return replace(
            result, knobs=found.knobs, after=after, gone=len(gone), unseen=unseen, replayed=replayed
        )
    return replace(result, why=why)


def layer_with(layer: Mapping[str, Any], start: Knobs, knobs: Knobs) -> dict[str, Any]:
    """The layer in force with what `knobs` change put in; masks are added to those that are there."""
    new = {name: dict(section) if isinstance(section, dict) else {} for name, section in layer.items()}
    if knobs.min_area_percent != start.min_area_percent:
        new.setdefault("motion", {})["min_area_percent"] = knobs.min_area_percent
    if knobs.min_score is not None and knobs.min_score != start.min_score:
        new.setdefault("person", {})["min_score"] = knobs.min_score
    for camera, polygons in knobs.masks.items():
        cameras = new.setdefault("cameras", {})
        there = cameras.get(camera, {}).get("ignore", [])
        cameras[camera] = {"ignore": [*there, *([list(point) for point in polygon] for polygon in polygons)]}
    return new


def _too_few(result: Tuned) -> str:
    """Why there is too little to go by; '' if there is enough."""
    tags = result.false_alarms + result.people
    if tags < LEAST_TAGS:
        return f"{tags} tagged alerts are too few to propose anything; {LEAST_TAGS} are needed"
    if result.false_alarms < LEAST_FALSE_ALARMS:
        return f"{result.false_alarms} false alarms are too few to learn from; there is little to gain"
    if result.people < LEAST_PEOPLE:
        return f"{result.people} tagged people are too few to vouch for the others; {LEAST_PEOPLE} are needed"
    if result.days < LEAST_DAYS:
        return "all of them are of one day, which no other can be held against"
    return ""


def _replay(
    player: Player, evidence: Evidence, start: Knobs, knobs: Knobs, gone: frozenset[str]
) -> tuple[frozenset[str], Replayed]:
    """The false alarms that come back when their pictures are played, and the counts."""

    def play(cases: Sequence[Case]) -> list[tuple[Case, bool]]:
        """Those that alert as set, and whether they still do."""
        return [(c, bool(player.alerts(c, knobs))) for c in cases if player.alerts(c, start)]

    removed = play([case for case in evidence.false_alarms if case.id in gone])
    kept = play(evidence.people)
    refuted = frozenset(case.id for case, alerts in removed if alerts)
    return refuted, Replayed(
        gone=len(removed) - len(refuted),
        gone_of=len(removed),
        kept=sum(alerts for _, alerts in kept),
        kept_of=len(kept),
    )
