"""What the wishes and facts amount to for one camera, in the words of a reply."""

from __future__ import annotations

from typing import NamedTuple

from app.domain import Presence
from app.rules import Home, Manual, Mute, Verdict, should_watch
from app.slack.wording import ago, mention
from app.state.facts import STALE_SECONDS, Fact
from app.state.snapshot import Snapshot


class Arming(NamedTuple):
    """Whether a camera is armed, and since which command (None: decided by presence, or by nobody yet).

    `stands`: that command is known, and wins whether presence may decide or not. Given again it would change nothing;
    in every other case it would, if not now then when `auto` is switched, when the exit delay of a departure since
    then is over, or when somebody gives back to an emptied Redis what he knew.
    """

    verdict: Verdict
    stands: bool
    at: float | None

    def because(self, now: float) -> str:
        """'<@U1> armed it, 2 h ago' or 'nobody is home'."""
        return self.verdict.why + (f", {ago(self.at, now)}" if self.at is not None else "")


def arming(camera: str, snapshot: Snapshot) -> Arming:
    """Whether `camera` is armed and why, by the same rules as the camera's own."""
    wish, auto, presence = (
        snapshot.wishes.armed.get(camera),
        snapshot.wishes.auto,
        snapshot.facts.presence,
    )
    manual = Manual(wish.on, mention(wish.by), wish.at) if wish else None
    home = Home(presence.presence, presence.since) if presence else None
    verdict = should_watch(manual, auto=auto is not None and auto.on, home=home)
    by_hand = should_watch(manual, auto=False, home=None)
    # Presence that is not known yet may say anything; one that just left is told to the cameras after the exit delay.
    is_open = home is None and auto is not None and auto.on
    stands = (
        manual is not None
        and not is_open
        and all(by_hand == should_watch(manual, auto=True, home=one) for one in (home, _departure(snapshot)))
    )
    return Arming(verdict, stands, wish.at if wish and verdict == by_hand else None)


def _departure(snapshot: Snapshot) -> Home | None:
    """What presence is about to say, or says: everybody has left."""
    presence = snapshot.facts.presence
    if presence is None or presence.away_since is None:
        return None
    return Home(Presence.AWAY, presence.away_since)


def moment_of(received: float, snapshot: Snapshot) -> float:
    """What an arming by hand is dated with: `received`, but never before the last change of presence, nor before a
    departure whose exit delay still runs.

    A clock that was set back would else date the command before that change, and presence would win at once.
    """
    presence = snapshot.facts.presence
    if presence is None:
        return received
    return max(received, presence.since + 0.001, (presence.away_since or 0.0) + 0.001)


def mute(snapshot: Snapshot) -> Mute | None:
    """The notifications wish as the rules take it."""
    wish = snapshot.wishes.notifications
    return Mute(wish.on, mention(wish.by), wish.until) if wish else None


def guest_pass(snapshot: Snapshot, now: float) -> float | None:
    """For how many seconds more somebody is home by a person's word; None if no such word holds."""
    wish = snapshot.wishes.guest
    return wish.until - now if wish and wish.until is not None and wish.until > now else None


def fresh(fact: Fact | None, now: float) -> bool:
    """Whether a fact is recent enough to speak of the present."""
    return fact is not None and now - fact.at < STALE_SECONDS
