"""A plain notice: a camera lost or back, an item set aside."""

from __future__ import annotations

import logging
from typing import Any

from app.notifier.desk import Desk, Payload, read
from app.slack.errors import INVALID_BLOCKS, SlackError
from app.store.outbox import Item

log = logging.getLogger(__name__)


class PostPayload(Payload):
    """`channel` None: the alerts channel. `report` marks a notice about an item that was set aside."""

    channel: str | None = None
    text: str
    blocks: list[dict[str, Any]] | None = None
    report: bool = False


def step(item: Item, desk: Desk) -> None:
    """One message."""
    notice = read(item, PostPayload)
    channel = notice.channel or desk.alerts_channel
    try:
        desk.slack.post(channel, notice.text, notice.blocks)
    except SlackError as error:
        if notice.blocks is None or error.code not in INVALID_BLOCKS:
            raise
        log.error("a notice goes out as plain text: %s", error)
        desk.slack.post(channel, notice.text)
