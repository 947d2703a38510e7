"""A plain notice: a camera lost or back, an item set aside."""

from __future__ import annotations

from app.notifier.desk import Desk, Payload, read
from app.store.outbox import Item


class PostPayload(Payload):
    """`channel` None: the alerts channel. `report` marks a notice about an item that was set aside."""

    channel: str | None = None
    text: str
    report: bool = False


def step(item: Item, desk: Desk) -> None:
    """One message."""
    notice = read(item, PostPayload)
    desk.slack.post(notice.channel or desk.alerts_channel, notice.text)
