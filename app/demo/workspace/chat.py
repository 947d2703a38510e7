"""chat.*: what the app says, and how it changes what it said."""

from __future__ import annotations

from app.demo.workspace.blocks import check_blocks, with_ids
from app.demo.workspace.methods import Args, Context, Method
from app.demo.workspace.model import Channel, Json, Message, SlackError, User

MAX_POST_TEXT = 40_000
"""chat.postMessage cuts a longer text off."""

MAX_UPDATE_TEXT = 4_000
"""chat.update refuses a longer one with msg_too_long."""


def post_message(context: Context, args: Args) -> Json:
    state = context.state
    channel = joined(context, args.required("channel"), by_name=True)
    text, blocks = content(context, args)
    message = state.post(
        channel.id,
        state.bot.id,
        text[:MAX_POST_TEXT],
        blocks=blocks,
        thread_ts=args.text("thread_ts") or None,
    )
    return {"channel": channel.id, "ts": message.ts, "message": to_api(context, message)}


def post_ephemeral(context: Context, args: Args) -> Json:
    state = context.state
    channel = joined(context, args.required("channel"), by_name=True)
    user: User | None = state.users.get(args.required("user"))
    if user is None:
        raise SlackError("user_not_in_channel")
    text, blocks = content(context, args)
    message = state.post(
        channel.id,
        state.bot.id,
        text[:MAX_POST_TEXT],
        blocks=blocks,
        thread_ts=args.text("thread_ts") or None,
        visible_to=user.id,
    )
    return {"message_ts": message.ts}


def update(context: Context, args: Args) -> Json:
    """Text without blocks drops the old blocks; blocks without text keep the old text."""
    state = context.state
    # By id only: a name that chat.postMessage takes is channel_not_found here, as on Slack.
    channel = state.channel(args.required("channel"))
    with state.changed:
        message = _own(context, channel, args.required("ts"), "cant_update_message")
        text, blocks = content(context, args)
        if len(text) > MAX_UPDATE_TEXT:
            raise SlackError("msg_too_long")
        edited = state.update(message, text=text or message.text, blocks=blocks)
    return {
        "channel": channel.id,
        "ts": edited.ts,
        "text": edited.text,
        "message": to_api(context, edited),
    }


def delete(context: Context, args: Args) -> Json:
    channel = context.state.channel(args.required("channel"))
    with context.state.changed:
        message = _own(context, channel, args.required("ts"), "cant_delete_message")
        context.state.delete(message)
    return {"channel": channel.id, "ts": message.ts}


def content(context: Context, args: Args) -> tuple[str, tuple[Json, ...]]:
    """Text and checked blocks. Raises SlackError: no_text, invalid_blocks_format, invalid_blocks, …"""
    text = args.text("text")
    blocks = args.parsed("blocks", "invalid_blocks_format") or []
    check_blocks(blocks, context.files.usable_in_block)
    if not text and not blocks:
        raise SlackError("no_text")
    return text, with_ids(blocks, lambda: context.state.new_id("")[1:6])


def to_api(context: Context, message: Message) -> Json:
    """The message object of Slack's answers and payloads."""
    state = context.state
    value: Json = {
        "type": "message",
        "user": message.user,
        "text": message.text,
        "ts": message.ts,
        "team": state.team_id,
        "blocks": list(message.blocks),
    }
    if message.is_bot:
        value |= {"bot_id": state.bot_id, "app_id": state.app_id}
    if message.thread_ts:
        value["thread_ts"] = message.thread_ts
    if message.edited_ts:
        value["edited"] = {"user": message.user, "ts": message.edited_ts}
    if message.file_ids:
        value["files"] = [
            context.files.to_api(state.files[file_id])
            for file_id in message.file_ids
            if file_id in state.files
        ]
    return value


def joined(context: Context, value: str, *, by_name: bool = False) -> Channel:
    """The channel, where the bot is a member. Raises SlackError: channel_not_found, not_in_channel."""
    state = context.state
    channel = state.channel_by_name_or_id(value) if by_name else state.channel(value)
    if not channel.bot_is_member:
        raise SlackError("channel_not_found" if channel.is_private else "not_in_channel")
    return channel


def _own(context: Context, channel: Channel, ts: str, otherwise: str) -> Message:
    message = context.state.message(channel.id, ts)
    # An ephemeral message cannot be reached by the Web API, only through its response_url.
    if message is None or message.is_ephemeral:
        raise SlackError("message_not_found")
    if message.user != context.state.bot.id:
        raise SlackError(otherwise)
    return message


METHODS = {
    "chat.postMessage": Method(post_message, "chat:write"),
    "chat.postEphemeral": Method(post_ephemeral, "chat:write"),
    "chat.update": Method(update, "chat:write"),
    "chat.delete": Method(delete, "chat:write"),
}
