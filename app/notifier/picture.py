"""A picture somebody asked for, into the channel where it was asked."""

from __future__ import annotations

from app.notifier.desk import Desk, Payload, Undeliverable, read
from app.slack import messages
from app.store.outbox import Item

PATIENCE_SECONDS = 30 * 60.0
"""After this nobody waits for it any more, and an old 'last image' would mislead."""


class PicturePayload(Payload):
    """`channel` is an id, `text` Slack's mrkdwn, `title` plain text: whose picture, taken when."""

    channel: str
    text: str
    title: str = "Picture"


def step(item: Item, desk: Desk) -> None:
    """Upload and share in one go."""
    asked = read(item, PicturePayload)
    if desk.now() - item.created > PATIENCE_SECONDS:
        raise Undeliverable("it came too late to be of use")
    jpeg = desk.ledger.picture(item)
    if jpeg is None:
        desk.slack.post(asked.channel, f"{asked.text}\n{messages.picture_missing()}")
    else:
        desk.slack.share(jpeg, "picture.jpg", asked.title, channel=asked.channel, comment=asked.text)
