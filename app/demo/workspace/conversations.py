"""auth.test and the little of conversations.* that an app of this size asks for."""

from __future__ import annotations

from dataclasses import replace

from app.demo.workspace.methods import Args, Context, Method
from app.demo.workspace.model import Channel, Json, SlackError


def api_test(context: Context, args: Args) -> Json:
    return {"args": dict(args)}


def auth_test(context: Context, args: Args) -> Json:
    state = context.state
    return {
        "url": state.base_url,
        "team": "Home",
        "user": state.bot.name,
        "team_id": state.team_id,
        "user_id": state.bot.id,
        "bot_id": state.bot_id,
        "is_enterprise_install": False,
    }


def info(context: Context, args: Args) -> Json:
    return {"channel": to_api(context.state.channel(args.required("channel")))}


def list_(context: Context, args: Args) -> Json:
    channels = [to_api(channel) for channel in context.state.channels.values() if not channel.is_private]
    return {"channels": channels, "response_metadata": {"next_cursor": ""}}


def join(context: Context, args: Args) -> Json:
    state = context.state
    with state.changed:
        channel = state.channel(args.required("channel"))
        if channel.is_private:
            raise SlackError("method_not_supported_for_channel_type")
        state.channels[channel.id] = replace(channel, bot_is_member=True)
    return {"channel": to_api(state.channels[channel.id])}


def to_api(channel: Channel) -> Json:
    return {
        "id": channel.id,
        "name": channel.name,
        "is_channel": True,
        "is_private": channel.is_private,
        "is_archived": False,
        "is_member": channel.bot_is_member,
        "topic": {"value": channel.topic},
    }


METHODS = {
    "api.test": Method(api_test),
    "auth.test": Method(auth_test),
    "conversations.info": Method(info, "channels:read"),
    "conversations.list": Method(list_, "channels:read"),
    "conversations.join": Method(join, "channels:join"),
}
