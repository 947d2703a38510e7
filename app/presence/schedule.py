"""When to ask next. Pure."""

from __future__ import annotations

from app.domain import Presence
from app.settings import PresenceSettings


def pause_seconds(presence: Presence, *, hurry: bool, settings: PresenceSettings) -> float:
    """Between two rounds. `hurry`: a departure is to be confirmed, or a start to be concluded."""
    if hurry:
        return settings.confirm_poll_seconds
    return settings.away_poll_seconds if presence is Presence.AWAY else settings.poll_seconds


def rest_seconds(failures: int, *, refused: bool, settings: PresenceSettings) -> float:
    """How long a router that failed `failures` times in a row is left alone.

    Doubles from poll_seconds. A refused login rests the longest at once: routers lock an account that is tried
    too often, and some let only one administrator in at a time, who may be its owner.
    """
    if failures == 0:
        return 0.0
    if refused:
        return settings.backoff_max_seconds
    return min(settings.backoff_max_seconds, settings.poll_seconds * 2.0 ** min(failures - 1, 30))
