"""/notifications_on and /notifications_off: events are recorded either way; this is about being told."""

from __future__ import annotations

from app.commands.durations import parse_duration
from app.commands.orders import mute
from app.commands.request import Context, Mistake, Reply, Request
from app.commands.wording import duration, person, quote
from app.rules import should_alert
from app.state.snapshot import Snapshot
from app.state.wishes import Notifications, Wish, field_of


def unmute(request: Request, snapshot: Snapshot, context: Context) -> Reply:
    """Alerts are announced again."""
    if request.text.strip():
        raise Mistake("`/notifications_on` takes nothing after it; nothing was changed.")
    if should_alert(mute(snapshot), request.received).yes:
        return Reply("Notifications are already on.")
    wish = Notifications(by=request.user, at=request.received, on=True)
    return Reply(f"Notifications are on, by {person(request.user)}.", True, wishes=_one(wish))


def silence(request: Request, snapshot: Snapshot, context: Context) -> Reply:
    """No alerts, for a while or until /notifications_on."""
    until = None
    if typed := request.text.strip():
        seconds = parse_duration(typed)
        if seconds is None:
            raise Mistake(
                f"{quote(typed)} is not a length of time. Say how long, from 1 minute to 7 days, such as `30m`, "
                "`2h` or `1h30m`; or nothing, to be without alerts until `/notifications_on`."
            )
        until = request.received + seconds
    wish = Notifications(by=request.user, at=request.received, on=False, until=until)
    how_long = f"for {_exactly(until - request.received)}" if until else "until `/notifications_on`"
    text = f"Notifications are off {how_long}, by {person(request.user)}. What happens is still recorded."
    return Reply(text, in_channel=True, wishes=_one(wish))


def _one(wish: Wish) -> dict[str, Wish]:
    return {field_of(wish): wish}


def _exactly(seconds: float) -> str:
    """'1 hour 30 minutes': nothing that was asked for is rounded away."""
    parts, rest = [], round(seconds)
    for size in (86_400, 3_600, 60):
        if rest >= size:
            parts.append(duration(rest // size * size))
            rest %= size
    return " ".join(parts)
