"""A pressed button, as handlers see it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Press:
    """Somebody pressed a button. `received`: seconds since the epoch."""

    action: str
    value: str
    team: str
    user: str
    channel: str
    response_url: str
    received: float
