"""Who is home: a round's evidence in, arrivals and departures out. Pure; time is an argument.

person.py decides of each person; here is the house. Unknown arms nothing and disarms nothing: what was known last
stands until it is known otherwise (departure.py).

`now` is monotonic seconds and decides; `wall`, seconds since the epoch, only labels. A wall clock that is set, by a
day or a year, decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from app.domain import Presence
from app.presence.evidence import Evidence, Round
from app.presence.person import Moment, Patience, PersonState, is_due, judge

COLLAPSED = 0.2
"""Of the devices left: a household takes its phones along, not its printer and its television."""


class Arrived(NamedTuple):
    """`first`: nobody was known to be home before."""

    who: str
    first: bool


class Left(NamedTuple):
    """`last`: nobody is home now."""

    who: str
    last: bool


class BecameUnknown(NamedTuple):
    """Who is home cannot be told any more."""


class Known(NamedTuple):
    """Who is home can be told again."""

    presence: Presence


Transition = Arrived | Left | BecameUnknown | Known


class Decider:
    """The household. `leave_seconds`: by person; `restored` and `said_unknown`: as they were before the stop."""

    def __init__(
        self,
        leave_seconds: Mapping[str, float],
        *,
        unknown_seconds: float,
        now: float,
        restored: Mapping[str, PersonState] | None = None,
        said_unknown: bool = False,
    ) -> None:
        self._unknown_seconds = unknown_seconds
        self._patience = {name: Patience(leave, unknown_seconds) for name, leave in leave_seconds.items()}
        self._people: dict[str, PersonState] = {}
        for name in leave_seconds:
            known = (restored or {}).get(name, PersonState())
            self._people[name] = PersonState(
                home=known.home, since=known.since, seen_at=known.seen_at, unanswered_since=now
            )
        self._guest = False
        self._devices: int | None = None
        self._silent = False
        self._said_unknown = said_unknown

    @property
    def people(self) -> Mapping[str, PersonState]:
        """Everybody, by name."""
        return self._people

    @property
    def presence(self) -> Presence:
        """HOME if anybody is known to be; AWAY if everybody was just now found not to be; else UNKNOWN.

        Home outlasts a short silence of the router, away does not: nothing is armed while it lasts.
        """
        states = self._people.values()
        if self._guest or any(state.home and not state.unknown for state in states):
            return Presence.HOME
        if all(state.is_away_now for state in states):
            return Presence.AWAY
        return Presence.UNKNOWN

    @property
    def said_unknown(self) -> bool:
        """Whether BecameUnknown was the last that was said of the house as a whole."""
        return self._said_unknown

    @property
    def home(self) -> tuple[str, ...]:
        """Who was home when that was last known, in the order of the settings."""
        return tuple(name for name, state in self._people.items() if state.home)

    @property
    def leaving(self) -> bool:
        """Whether somebody home is on the way to having left: rounds should come quickly to confirm it."""
        return any(
            state.home is not False and is_due(state, self._patience[name])
            for name, state in self._people.items()
        )

    @property
    def settling(self) -> bool:
        """Whether the rounds that a start (or the end of unknown) needs are still to come."""
        return any(state.unknown and state.healthy_rounds for state in self._people.values())

    def round(self, what: Round, *, now: float, wall: float) -> list[Transition]:
        """Take in one round of questions."""
        before = self.presence
        at = Moment(now, wall, self._is_suspicious(what))
        came: list[str] = []
        went: list[str] = []
        for name, state in self._people.items():
            evidence = what.evidence.get(name, Evidence.NO_ANSWER)
            self._people[name] = after = judge(state, evidence, self._patience[name], at)
            if after.home and not state.home:
                came.append(name)
            elif state.home and after.home is False:
                went.append(name)
        self._silent = any(
            state.silent_seconds(now) >= self._unknown_seconds for state in self._people.values()
        )
        return self._conclude(before, came, went)

    def set_guest(self, guest: bool) -> list[Transition]:
        """A guest pass counts as somebody home: it is a person's word, whatever the router says."""
        before, self._guest = self.presence, guest
        return self._conclude(before)

    def _is_suspicious(self, what: Round) -> bool:
        """Everybody who was seen is gone in the same round, and most other devices with them."""
        before = self._devices
        self._devices = what.devices if what.devices is not None else before
        if before is None or what.devices is None or what.devices >= before * COLLAPSED:
            return False
        return all(found is Evidence.NOT_SEEN for found in what.evidence.values())

    def _conclude(
        self, before: Presence, came: Sequence[str] = (), went: Sequence[str] = ()
    ) -> list[Transition]:
        """Who came and who went, and what that makes of the house."""
        after = self.presence
        first = after is Presence.HOME and before is not Presence.HOME
        last = after is Presence.AWAY and before is not Presence.AWAY
        moves: list[Transition] = [Arrived(who, first and who == came[0]) for who in came]
        moves += [Left(who, last and who == went[-1]) for who in went]
        if after is Presence.UNKNOWN and self._silent and not self._said_unknown:
            self._said_unknown = True
            return [*moves, BecameUnknown()]
        if self._said_unknown and after is not Presence.UNKNOWN:
            self._said_unknown = False
            return [Known(after), *moves]
        return moves
