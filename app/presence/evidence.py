"""What one round of questions says of each person. Pure.

One router that sees a phone is enough for seen. Not seen needs every router that could have seen it to have
answered: a silent access point may have the phone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from app.presence.sightings import Sightings, Tells
from app.settings.presence import MAC, Person


class Evidence(StrEnum):
    """What is known of one person after one round."""

    SEEN = "seen"
    NOT_SEEN = "not seen"
    NO_ANSWER = "no answer"


class Reply(NamedTuple):
    """What one router answered; `sightings` None: nothing, and `problem` says why."""

    router: str
    tells: Tells
    sightings: Sightings | None
    problem: str = ""
    refused: bool = False


class Round(NamedTuple):
    """One round of questions to all routers. `devices`: how many are connected; None unless all answered."""

    evidence: Mapping[str, Evidence]
    devices: int | None


def weigh(people: Iterable[Person], replies: Iterable[Reply]) -> Round:
    """The evidence of each person, by name."""
    replies = tuple(replies)
    lists = [reply.sightings for reply in replies if reply.sightings is not None]
    devices = len(frozenset().union(*lists)) if replies and len(lists) == len(replies) else None
    return Round({person.name: _of(person, replies) for person in people}, devices)


def _of(person: Person, replies: Sequence[Reply]) -> Evidence:
    asked = [reply for reply in replies if can_see(person, reply.tells)]
    # Of all replies: a router may see what it had no way to ask for.
    words = {word for reply in replies for seen in reply.sightings or () for word in seen if word}
    if words.intersection(person.devices):
        return Evidence.SEEN
    if not asked or any(reply.sightings is None for reply in asked):
        return Evidence.NO_ANSWER
    return Evidence.NOT_SEEN


def can_see(person: Person, tells: Tells) -> bool:
    """Whether a router that tells this could see any of the person's devices."""
    return any(
        tells.macs and word not in tells.unasked if MAC.fullmatch(word) else tells.names
        for word in person.devices
    )


def is_locally_administered(mac: str) -> bool:
    """Whether the MAC was made up by the device (the 0x02 bit of IEEE 802): it may be another next week."""
    return bool(int(mac[:2], 16) & 2)
