"""What an answer about who is connected consists of, and what stands for its absence. Pure."""

from __future__ import annotations

from typing import NamedTuple


class Device(NamedTuple):
    """Something that is connected now. `mac` as aa:bb:cc:00:11:22, `name` lower-case; either may be ''."""

    mac: str
    name: str = ""


Sightings = frozenset[Device]
"""All that is connected now, as far as this router sees."""


class NoAnswer(Exception):
    """Who is connected cannot be told, and why: not reached, refused, or not believable.

    `refused`: the login was. Trying that again soon may lock the account, or its owner out.
    """

    def __init__(self, reason: str, *, refused: bool = False) -> None:
        super().__init__(reason)
        self.refused = refused


class Tells(NamedTuple):
    """What a router's devices are known by: it says nothing of a person who is known by something else.

    `unasked`: the MACs it had no way to ask for in its last poll. That it does not see those means nothing.
    """

    macs: bool
    names: bool
    unasked: frozenset[str] = frozenset()
