"""The last proof of a proposal: what it concerns is played through the eyes once more, with all of it turned.

Where the threshold or the vote is turned, the clip of an event tells; else, and where there is no clip, the pictures of
its sample do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.learning.tune_case import Case, newest_first
from app.learning.tune_clips import Clips
from app.learning.tune_knobs import Knobs, is_one_turn, turns
from app.learning.tune_play import Sight
from app.learning.tune_proof import Proof
from app.learning.tune_replay import Player
from app.learning.tune_search import Evidence, Found


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many the eyes themselves confirmed, of those that alert when they are played as set."""

    gone: int = 0
    gone_of: int = 0
    kept: int = 0
    kept_of: int = 0


@dataclass(frozen=True, slots=True)
class Checked:
    """`pictures` and `clips`: each alert is in one of them, or proves nothing and is in none."""

    pictures: Replayed
    clips: Replayed
    refuted: frozenset[str]
    """False alarms that come back."""
    delay: float = 0.0
    """Seconds: the most that somebody is announced later."""
    sights: Mapping[str, Sight] = field(default_factory=dict)
    """By id: what the clips show with the proposal."""

    @property
    def holds(self) -> bool:
        """Whether nobody is lost."""
        return (self.pictures.kept, self.clips.kept) == (self.pictures.kept_of, self.clips.kept_of)


def checked(player: Player, clips: Clips, proof: Proof, evidence: Evidence, found: Found) -> Checked:
    """Play what `found` concerns."""
    start = clips.start
    turned = turns(start, found.knobs)
    removed = [case for case in evidence.false_alarms if case.id in found.gone]
    filmed = [case for case in removed if not proof.gone_by_record(case, found.knobs)]
    people = [case for case in evidence.people if turned and case.id in clips.shown]
    drawn, drawn_people = _others(removed, filmed), _others(evidence.people, people)

    def alerts(cases: Sequence[Case]) -> dict[str, bool]:
        """Those whose pictures alert as set, and whether they still do."""
        played = {c.id: player.alerts(c, found.knobs) for c in newest_first(cases) if player.alerts(c, start)}
        return {id_: alert for id_, alert in played.items() if alert is not None}

    there = alerts(drawn_people)  # first: should the time be up, rather a false alarm comes back
    back = alerts(drawn)
    sights = _sights(clips, [*filmed, *people], found.knobs) if turned else {}
    comes_back = {case.id for case in filmed if case.id not in sights or sights[case.id].alert is not None}
    delays = [clips.shown[case.id].delay(sights[case.id]) if case.id in sights else None for case in people]
    kept = [delay for delay in delays if delay is not None]
    return Checked(
        pictures=Replayed(len(back) - sum(back.values()), len(back), sum(there.values()), len(there)),
        clips=Replayed(len(filmed) - len(comes_back), len(filmed), len(kept), len(people)),
        refuted=frozenset(id_ for id_, alert in back.items() if alert) | comes_back,
        delay=max(kept, default=0.0),
        sights=sights,
    )


def _others(cases: Sequence[Case], without: Sequence[Case]) -> list[Case]:
    ids = {case.id for case in without}
    return [case for case in cases if case.id not in ids]


def _sights(clips: Clips, cases: Sequence[Case], knobs: Knobs) -> dict[str, Sight]:
    """A single turn was played already; several at once were not."""
    if is_one_turn(clips.start, knobs):
        (turn,) = turns(clips.start, knobs)
        return {case.id: clips.shown[case.id].turned[turn] for case in cases}
    return clips.again(cases, knobs)
