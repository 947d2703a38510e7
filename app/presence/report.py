"""What the presence process says of itself, as facts. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from app.domain import Presence
from app.presence.departure import ExitDelay
from app.presence.person import PersonState
from app.state.facts import HouseholdFact, PersonFact, PresenceFact, RouterFact


def presence_fact(exit_: ExitDelay, *, at: float, problem: str, who: Sequence[str]) -> PresenceFact:
    """What the cameras go by. `at`: seconds since the epoch."""
    told = exit_.told
    away_since = exit_.leaving_since
    if away_since is None and told.presence is Presence.AWAY:
        away_since = told.since
    return PresenceFact(
        at=at,
        presence=told.presence,
        since=told.since,
        problem=problem,
        who=tuple(who),
        away_since=away_since,
    )


def household_fact(
    people: Mapping[str, PersonState], routers: Iterable[RouterFact], *, at: float
) -> HouseholdFact:
    """The particulars, for people."""
    told = tuple(
        PersonFact(
            name=name, home=state.home, unknown=state.unknown, since=state.since, seen_at=state.seen_at
        )
        for name, state in people.items()
    )
    return HouseholdFact(at=at, people=told, routers=tuple(routers))


def why_unknown(routers: Iterable[RouterFact]) -> str:
    """Why who is home cannot be told."""
    silent = [f"{router.name}: {router.problem}" for router in routers if router.problem]
    return "; ".join(silent) or "it is being found out"
