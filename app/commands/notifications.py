"""/notifications_on and /notifications_off: events are recorded either way; this is about being told."""

from __future__ import annotations

from app.commands.durations import parse_duration
from app.commands.orders import mute
from app.commands.request import Context, Mistake, Reply, Request
from app.rules import should_alert
from app.slack.wording import mention, when
from app.state.snapshot import Snapshot
from app.state.wishes import Notifications, Wish, field_of


def unmute(request: Request, snapshot: Snapshot, context: Context) -> Reply:
    """Alerts are announced again."""
    if request.text.strip():
        raise Mistake("`/notifications_on` takes nothing after it; nothing was changed.")
    known = mute(snapshot)
    # Not known is not on: Redis may have been emptied, and a camera about to give back a mute.
    if known is not None and should_alert(known, request.received).yes:
        return Reply("Notifications are already on.")
    wish = Notifications(by=request.user, at=request.received, on=True)
    return Reply(f"Notifications are on, by {mention(request.user)}.", True, wishes=_one(wish))


def silence(request: Request, snapshot: Snapshot, context: Context) -> Reply:
    """No alerts, for a while or until /notifications_on."""
    until = None
    if typed := request.text.strip():
        until = request.received + parse_duration(typed, "Without a length it is until `/notifications_on`.")
    wish = Notifications(by=request.user, at=request.received, on=False, until=until)
    end = when(until) if until else "`/notifications_on`"
    text = f"Notifications are off until {end}, by {mention(request.user)}. What happens is still recorded."
    return Reply(text, in_channel=True, wishes=_one(wish))


def _one(wish: Wish) -> dict[str, Wish]:
    return {field_of(wish): wish}
