"""The late answer to a command or a click, to the response_url that came with it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from app.notifier.desk import Desk, Payload, Undeliverable, read
from app.slack.errors import SlackError
from app.slack.event_messages import has_pictures, without_pictures
from app.slack.messages import Block
from app.store.outbox import Item

log = logging.getLogger(__name__)

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
    try:
        _respond(reply, reply.blocks, desk)
    except SlackError as error:
        # Slack says no more than 400: a file that a block names may have been deleted there.
        if error.code != "http_400" or not has_pictures(reply.blocks):
            raise
        log.warning("an answer goes out without its pictures: %s", error)
        _respond(reply, without_pictures(reply.blocks), desk)


def _respond(reply: ReplyPayload, blocks: Sequence[Block], desk: Desk) -> None:
    desk.slack.respond(reply.response_url, reply.text, blocks, replace_original=reply.replace_original)
