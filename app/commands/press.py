"""A pressed button, as handlers see it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Press:
    """Somebody pressed a button. `received`: seconds since the epoch. `trigger` lets a dialog be opened, for three
    seconds. `in_home`: it stands on the app's Home tab, which is no channel and has no response_url."""

    action: str
    value: str
    team: str
    user: str
    channel: str
    response_url: str
    received: float
    trigger: str = ""
    in_home: bool = False
