"""One person: from evidence to home or not. Pure; time is an argument.

- One sighting is an arrival. A departure takes `leave_seconds` of rounds that all did not see the person, and a
  round more that confirms it; two more if the router's list collapsed as they went (a router that restarts).
- Only time between two healthy rounds counts towards leaving; a round without an answer freezes it.
- Without an answer for `unknown_seconds` a person is unknown. After a start, and after unknown, two healthy rounds
  in a row are needed before anything is concluded.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from app.presence.evidence import Evidence

HEALTHY_ROUNDS = 2
"""Before anything is concluded: a router that just came up lists half of what is there."""

CONFIRM_ROUNDS, SUSPICIOUS_ROUNDS = 1, 2
"""Rounds that must confirm a departure; the more when all left at once and the list shrank with them."""

LONGEST_GAP_SECONDS = 120.0
"""Two rounds further apart (a process that was stopped, a machine that slept) count as this far."""


class Moment(NamedTuple):
    """A round's time. `now`: monotonic seconds, decides; `wall`: seconds since the epoch, only labels.

    `suspicious`: everybody vanished in this round, and most other devices with them.
    """

    now: float
    wall: float
    suspicious: bool


@dataclass(frozen=True, slots=True)
class PersonState:
    """What is known of one person. `home` None: never known. `since`, `seen_at`: labels."""

    home: bool | None = None
    since: float | None = None
    seen_at: float | None = None
    unknown: bool = True
    unseen_seconds: float = 0.0
    confirmations: int = 0
    confirmations_needed: int = CONFIRM_ROUNDS
    healthy_rounds: int = 0
    answered_at: float | None = None
    """Monotonic: of the round before, if it was a healthy one."""
    unanswered_since: float | None = None
    """Monotonic: the first of a row of rounds without an answer."""

    @property
    def is_away_now(self) -> bool:
        """Whether the last round found (not merely left it at) that the person is away."""
        return self.home is False and not self.unknown and self.answered_at is not None

    def silent_seconds(self, now: float) -> float:
        """For how long there has been no answer."""
        return 0.0 if self.unanswered_since is None else now - self.unanswered_since


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait before a conclusion, seconds."""

    leave_seconds: float
    unknown_seconds: float


def judge(state: PersonState, evidence: Evidence, patience: Patience, at: Moment) -> PersonState:
    """The state after one round."""
    if evidence is Evidence.NO_ANSWER:
        return _unanswered(state, patience, at)
    rounds = state.healthy_rounds + 1
    state = replace(
        state,
        healthy_rounds=rounds,
        unanswered_since=None,
        unknown=state.unknown and rounds < HEALTHY_ROUNDS,
    )
    return _seen(state, at) if evidence is Evidence.SEEN else _not_seen(state, patience, at)


def is_due(state: PersonState, patience: Patience) -> bool:
    """Whether the person was unseen for long enough to have left; what is missing is the confirmation."""
    return state.unseen_seconds >= patience.leave_seconds


def _unanswered(state: PersonState, patience: Patience, at: Moment) -> PersonState:
    state = replace(
        state,
        unanswered_since=at.now if state.unanswered_since is None else state.unanswered_since,
        healthy_rounds=0,
        confirmations=0,
        answered_at=None,
    )
    silent = state.silent_seconds(at.now) >= patience.unknown_seconds
    return replace(state, unknown=state.unknown or silent)


def _seen(state: PersonState, at: Moment) -> PersonState:
    state = replace(
        state,
        seen_at=at.wall,
        unseen_seconds=0.0,
        confirmations=0,
        confirmations_needed=CONFIRM_ROUNDS,
        answered_at=at.now,
    )
    return state if state.unknown or state.home else replace(state, home=True, since=at.wall)


def _not_seen(state: PersonState, patience: Patience, at: Moment) -> PersonState:
    gap = 0.0 if state.answered_at is None else at.now - state.answered_at
    state = replace(
        state,
        answered_at=at.now,
        unseen_seconds=state.unseen_seconds + min(max(gap, 0.0), LONGEST_GAP_SECONDS),
        confirmations=state.confirmations + 1 if is_due(state, patience) else 0,
        confirmations_needed=SUSPICIOUS_ROUNDS if at.suspicious else state.confirmations_needed,
    )
    left = not state.unknown and state.confirmations >= state.confirmations_needed
    return replace(state, home=False, since=at.wall) if left and state.home is not False else state
