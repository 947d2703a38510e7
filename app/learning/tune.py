"""`pycam tune`: which change of the settings removes most false alarms without losing one tagged person.

1. gather what is tagged, as the present person model saw it       tune_evidence.py, tune_judge.py
2. play the clips of these alerts, as set and with other settings  tune_clips.py, tune_play.py
3. search, by what counts as proof                                 tune_search.py, tune_masks.py, tune_proof.py
4. hold it against days it has not seen                            tune_search.held_out
5. play what it concerns through the real eyes, all of it turned   tune_check.py, tune_replay.py
6. say before and after; nothing is changed here

Masks, the least area and the least score are judged by what is recorded of each alert; where they spare every false
alarm, no clip is played. The threshold and the vote are judged by the clips alone: of what these would have seen in
the rest of an event there is no record. Without a clip nothing is turned by a false alarm, and by a person only as far
as the frames of their sample prove.

If 4 or 5 fails, less is tried: only the settings of the one kind or of the other, masks alone, the numbers alone, the
threshold alone, the vote alone. A change that loses a person whom it has not seen is no change to propose, however
many false alarms it removes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.learning.evaluate import Row
from app.learning.tune_check import Replayed, checked
from app.learning.tune_clips import Clips, Shelf
from app.learning.tune_evidence import gather, table
from app.learning.tune_judge import Judge
from app.learning.tune_knobs import FROM_CLIPS, FROM_SAMPLES, SECTION, WHEELS, Knobs, Wheel
from app.learning.tune_proof import Proof
from app.learning.tune_replay import Player
from app.learning.tune_search import Evidence, HeldOut, held_out, search
from app.settings import Settings
from app.store.samples import Sample

LEAST_TAGS, LEAST_PEOPLE, LEAST_FALSE_ALARMS, LEAST_DAYS = 20, 5, 3, 2
"""With fewer people "none was lost" says little (of 5 kept, up to 43 % could still be lost); with fewer than 20 tags
each proposal is chance; and one day cannot be held against another."""

NOTHING = "no change would remove a false alarm without losing a tagged person"
FADES = "what helps on some days does not hold on the others: more tags will tell"
CUT = "there was no time to play once more, with all of it turned, what a change would concern"
REFUTED = "what the numbers promise does not hold when the pictures are played again"

Ladder = tuple[tuple[Wheel, ...], ...]

BY_SAMPLES: Ladder = (FROM_SAMPLES, ("masks",), ("min_area_percent", "min_score"))
BY_CLIPS: Ladder = (FROM_CLIPS, ("threshold_levels",), ("min_moving_frames", "confirm_below"))
LADDER: Ladder = (WHEELS, *BY_SAMPLES, *BY_CLIPS)
"""The first one that holds is proposed, unless a later one that holds, too, spares more."""


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
    filmed: Replayed | None = None
    """The same of those whose clips were played."""
    delay_seconds: float = 0.0
    """The most that a tagged person would be announced later."""
    not_played: int = 0
    """Alerts for whose pictures there was no time."""


def tune(
    samples: Sequence[Sample], settings: Settings, *, shelf: Shelf, view_since: Mapping[str, float]
) -> Tuned:
    """The proposal, or why there is none. `view_since` as for `tune_evidence.gather`."""
    judge, player = Judge(settings), Player(settings, samples, shelf.clock)
    gathered = gather(
        samples, settings, judge, event_of=shelf.event_of, gate=shelf.gate, view_since=view_since
    )
    evidence, start = gathered.evidence, gathered.start
    days = len({case.day for case in (*evidence.false_alarms, *evidence.people)})
    best = Tuned(
        start=start,
        before=table(judge, gathered.cases, start),
        false_alarms=len(evidence.false_alarms),
        people=len(evidence.people),
        days=days,
        left_out=gathered.left_out,
    )
    if why := _too_few(best):
        return replace(best, why=why)
    clips = Clips(settings, shelf, start, gathered.model)
    proof = Proof(judge, player, start, clips.shown)

    def climb(best: Tuned, evidence: Evidence, ladder: Ladder) -> Tuned:
        """The best of the ladder, with its reasons; `best` with why not, if none is better."""
        for wheels in ladder:
            found = search(proof, evidence, start, wheels)
            if len(found.gone) <= best.gone:
                continue
            unseen = held_out(proof, evidence, start, wheels)
            if unseen.lost or not unseen.gone:
                best = replace(best, why=best.why and FADES)
                continue
            check = checked(player, clips, proof, evidence, found)
            gone = len(found.gone - check.refuted)
            if not check.holds or not gone:
                best = replace(best, why=best.why and (CUT if clips.check_was_cut else REFUTED))
            elif gone > best.gone:
                best = replace(
                    best,
                    why="",
                    knobs=found.knobs,
                    after=table(judge, gathered.cases, found.knobs, check.sights),
                    gone=gone,
                    unseen=unseen,
                    replayed=check.pictures,
                    filmed=check.clips,
                    not_played=len(player.not_played),
                    delay_seconds=check.delay,
                )
        return best

    best = replace(best, why=NOTHING)
    spared_by_records = len(search(proof, evidence, start, FROM_SAMPLES).gone)
    if spared_by_records == len(evidence.false_alarms):
        best = climb(best, evidence, BY_SAMPLES)
    if best.gone < len(evidence.false_alarms):
        clips.look(evidence.false_alarms, evidence.people)
        best = replace(best, left_out=best.left_out + clips.left_out)
        evidence = replace(evidence, turns=clips.turns)
        best = climb(best, evidence, LADDER if clips.turns else BY_SAMPLES)
    return best


def layer_with(layer: Mapping[str, Any], start: Knobs, knobs: Knobs) -> dict[str, Any]:
    """The layer in force with what `knobs` change put in; masks are added to those that are there."""
    new = {name: dict(section) if isinstance(section, dict) else {} for name, section in layer.items()}
    for wheel, section in SECTION.items():
        if (value := getattr(knobs, wheel)) is not None and value != getattr(start, wheel):
            new.setdefault(section, {})[wheel] = value
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
