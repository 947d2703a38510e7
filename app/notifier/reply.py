"""The late answer to a command or a click, to the response_url that came with it."""

from __future__ import annotations

from typing import Any

from app.notifier.desk import Desk, Payload, Undeliverable, read
from app.store.outbox import Item

LIFE_SECONDS = 30 * 60.0
"""How long a response_url works (docs.slack.dev/interactivity/handling-user-interaction)."""


class ReplyPayload(Payload):
    """`replace_original`: instead of the message that was clicked. `blocks`: Slack shows them in the text's place."""

    response_url: str
    text: str
    blocks: tuple[dict[str, Any], ...] = ()
    replace_original: bool = False


def step(item: Item, desk: Desk) -> None:
    """One answer."""
    reply = read(item, ReplyPayload)
    if desk.now() - item.created > LIFE_SECONDS:
        raise Undeliverable("Slack takes answers to a command for 30 minutes only")
    desk.slack.respond(reply.response_url, reply.text, reply.blocks, replace_original=reply.replace_original)
