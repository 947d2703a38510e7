"""What is worth a message. Pure: what happened and what the cameras do about it go in, messages come out.

Presence without consequences is nobody's business: with `auto` off, who comes and goes is not told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.domain import Presence
from app.presence.decide import BecameUnknown, Known, Transition
from app.presence.departure import CalledOff, Changed, Leaving, Step, Told
from app.rules import Home, Manual, should_watch
from app.slack import presence_messages as messages
from app.slack.messages import Message
from app.state.wishes import Wishes


@dataclass(frozen=True, slots=True)
class Happening:
    """What one step of the loop brought. `home`: who is home now, guests by that word; `went`: who just left."""

    transitions: Sequence[Transition]
    steps: Sequence[Step]
    home: Sequence[str]
    went: Sequence[str]
    problem: str
    unknown_seconds: float
    exit_delay_seconds: float


def notices(what: Happening, wishes: Wishes, cameras: Sequence[str]) -> list[Message]:
    """The messages, in the order in which they are to be read."""
    found: list[Message] = []
    for transition in what.transitions:
        if isinstance(transition, BecameUnknown):
            found.append(messages.unknown(what.problem, what.unknown_seconds))
        elif isinstance(transition, Known):
            found.append(messages.known(what.home))
    if wishes.auto is None or not wishes.auto.on:
        return found
    for step in what.steps:
        if isinstance(step, Leaving):
            if what.exit_delay_seconds > 0:
                found.append(messages.leaving(what.went, what.exit_delay_seconds, step.since))
        elif isinstance(step, CalledOff):
            found.append(messages.called_off(what.home))
        else:
            found += _changed(step, what, wishes, cameras)
    return found


def _changed(step: Changed, what: Happening, wishes: Wishes, cameras: Sequence[str]) -> list[Message]:
    before, after = (armed(told, wishes, cameras) for told in (step.before, step.after))
    if step.after.presence is Presence.AWAY:
        # Armed by hand before is armed all the same; "Stay disarmed" in the meantime leaves nothing to say.
        watching = [camera for camera in cameras if after[camera]]
        return [messages.armed(watching, step.after.since)] if watching else []
    disarmed = [camera for camera in cameras if before[camera] and not after[camera]]
    return [messages.disarmed(what.home, disarmed)] if disarmed else []


def armed(told: Told, wishes: Wishes, cameras: Sequence[str]) -> Mapping[str, bool]:
    """Which cameras are armed if this is what they are told: by the rules they decide by themselves."""
    auto = wishes.auto is not None and wishes.auto.on
    home = Home(told.presence, told.since)
    found = {}
    for camera in cameras:
        wish = wishes.armed.get(camera)
        manual = Manual(wish.on, wish.by, wish.at) if wish else None
        found[camera] = should_watch(manual, auto=auto, home=home).yes
    return found
