"""chat.scheduleMessage and its taking back. Nothing is ever posted by it: the stand-in lives for minutes."""

from __future__ import annotations

from app.demo.workspace.chat import content, joined
from app.demo.workspace.methods import Args, Context, Method
from app.demo.workspace.model import Json, SlackError

LONGEST_SECONDS = 120 * 86_400


def schedule(context: Context, args: Args) -> Json:
    state = context.state
    channel = joined(context, args.required("channel"), by_name=True)
    content(context, args)
    try:
        at = int(args.required("post_at"))
    except ValueError:
        raise SlackError("invalid_time") from None
    if at <= state.clock():
        raise SlackError("time_in_past")
    if at > state.clock() + LONGEST_SECONDS:
        raise SlackError("time_too_far")
    with state.changed:
        scheduled = state.new_id("Q")
        state.scheduled[scheduled] = channel.id
    return {"channel": channel.id, "scheduled_message_id": scheduled, "post_at": at}


def unschedule(context: Context, args: Args) -> Json:
    state = context.state
    channel, scheduled = state.channel(args.required("channel")), args.required("scheduled_message_id")
    with state.changed:
        if state.scheduled.get(scheduled) != channel.id:
            raise SlackError("invalid_scheduled_message_id")
        del state.scheduled[scheduled]
    return {}


METHODS = {
    "chat.scheduleMessage": Method(schedule, "chat:write"),
    "chat.deleteScheduledMessage": Method(unschedule, "chat:write"),
}
