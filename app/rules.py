"""Who wins. Pure: the wishes, the presence and the time go in, the answer and its reason come out.

    manual command > presence (when `auto` is on) > disarmed

A manual command wins until presence really changes after it (the last one leaves, the first one arrives).
Unknown presence never arms and never disarms: it is no change.
"""

from __future__ import annotations

from typing import NamedTuple

from app.domain import Presence


class Manual(NamedTuple):
    """A person armed (`on`) or disarmed at time `at`."""

    on: bool
    by: str
    at: float


class Home(NamedTuple):
    """The last presence that was known, and when it last really changed. UNKNOWN: it never was known yet.

    A router that falls silent leaves this as it is; so unknown presence takes back nothing.
    """

    presence: Presence
    since: float


class Mute(NamedTuple):
    """Notifications switched on or off by `by`; `until` ends a mute (None: until switched on again)."""

    on: bool
    by: str
    until: float | None


class Verdict(NamedTuple):
    """`yes`, and a clause that completes 'because …'."""

    yes: bool
    why: str


def should_watch(manual: Manual | None, *, auto: bool, home: Home | None) -> Verdict:
    """Whether a camera is armed."""
    known = home is not None and home.presence is not Presence.UNKNOWN
    if auto and home and known and (manual is None or home.since > manual.at):
        if home.presence is Presence.AWAY:
            return Verdict(True, "nobody is home")
        return Verdict(False, "somebody is home")
    if manual is not None:
        return Verdict(manual.on, f"{manual.by} {'armed' if manual.on else 'disarmed'} it")
    return Verdict(False, "nobody has armed it yet")


def should_alert(mute: Mute | None, now: float) -> Verdict:
    """Whether an event is announced; it is recorded either way."""
    if mute is None or mute.on:
        return Verdict(True, "notifications are on")
    if mute.until is not None and now >= mute.until:
        return Verdict(True, "the mute has ended")
    return Verdict(False, f"{mute.by} switched notifications off")
