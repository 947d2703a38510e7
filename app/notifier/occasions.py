"""When somebody is told besides Slack, and when that has become needless. Pure but for the machine's time zone."""

from __future__ import annotations

from datetime import datetime, time, tzinfo

from app.settings.notify import NotifyTarget
from app.state.wishes import Wishes

NOBODY = ("presence", "start")
"""Whose wishes are no person's."""


def is_night(moment: float, starts: time, ends: time, zone: tzinfo | None = None) -> bool:
    """Whether the clock on the wall (of `zone`; None: this machine's) reads `starts` or later, and earlier than `ends`;
    across midnight where `starts` is the later of the two. `moment`: seconds since the epoch."""
    wall = datetime.fromtimestamp(moment, zone).time()
    if starts < ends:
        return starts <= wall < ends
    return wall >= starts or wall < ends


def concerns(target: NotifyTarget, camera: str, moment: float, zone: tzinfo | None = None) -> bool:
    """Whether a target is to be told of what happened then at that camera (empty: at none in particular)."""
    if camera and target.cameras and camera not in target.cameras:
        return False
    return target.when != "night" or is_night(moment, target.night_from, target.night_to, zone)


def wait_left(created: float, now: float, delay_seconds: float) -> float:
    """Seconds until something put at `created` is due. A clock that was set back makes it due at once: told too early
    is better than an hour late."""
    waited = now - created
    return delay_seconds - waited if 0 <= waited < delay_seconds else 0.0


def reacted(wishes: Wishes | None, camera: str, since: float) -> bool:
    """Whether a person has disarmed that camera or muted the alerts since then. None: nobody knows, so nobody has."""
    if wishes is None:
        return False
    armed, muted = wishes.armed.get(camera), wishes.notifications
    return any(
        wish is not None and not wish.on and wish.at >= since and wish.by not in NOBODY
        for wish in (armed, muted)
    )
