"""An edit that brings a better picture of its event: the message shows it instead of the one it has.

1. upload the picture, shared nowhere
2. wait until Slack has processed it; if that takes too long, the message keeps the picture it has
3. put it into the message, and remember that it stands there
4. delete the one it replaced

Each call of step() does one of these and keeps what Slack took before it returns; each may be done twice without
harm, so a power cut between any two costs nothing but the repetition.
"""

from __future__ import annotations

import logging

from app.notifier.alert import next_look, sent_at
from app.notifier.desk import Desk, Payload, read
from app.slack import messages
from app.slack.errors import INVALID_BLOCKS, MESSAGE_GONE, SlackError
from app.store.events import EventRecord, MessageRecord
from app.store.outbox import Item

log = logging.getLogger(__name__)


class BetterPicturePayload(Payload):
    """Of which event, and when it was taken (seconds since the epoch)."""

    event_id: str
    picture_taken: float


def step(item: Item, desk: Desk) -> float | None:
    """The next step: seconds until the one after it, None when all is done."""
    edit = read(item, BetterPicturePayload)
    event, message = desk.events.get(edit.event_id), desk.events.message_of(edit.event_id)
    jpeg = desk.ledger.picture(item)
    if event is None or message is None or jpeg is None:
        return None  # never announced, its folder is gone, or the disk had no room for the picture
    if desk.must_hide_picture(event.id):
        _delete(item, desk, "file_id", "replaced")
        return None
    if "file_id" not in item.progress:
        title = messages.picture_title(event.camera, edit.picture_taken)
        file_id = desk.slack.upload(jpeg, f"{event.id}.jpg", title)
        desk.ledger.achieved(item, {"file_id": file_id, "uploaded_at": desk.now()})
        return 0.0
    if message.file_id == item.progress["file_id"]:
        _delete(item, desk, "replaced")
        return None
    try:
        return _show(item, desk, event, message)
    except SlackError as error:
        if error.code not in MESSAGE_GONE:
            raise
        log.info("the alert of %s was deleted in Slack; its picture is not needed", event.id)
        _delete(item, desk, "file_id")
        return None


def _show(item: Item, desk: Desk, event: EventRecord, message: MessageRecord) -> float | None:
    """Steps 2 and 3."""
    file_id, waited = item.progress["file_id"], desk.now() - item.progress["uploaded_at"]
    if desk.is_ready(file_id):
        facts = desk.facts(
            event,
            sent=sent_at(message, event),
            training=desk.settings.training.enabled,
            picture=file_id,
        )
        try:
            desk.slack.update(message.channel, message.ts, *messages.alert(facts))
        except SlackError as error:
            if error.code not in INVALID_BLOCKS:
                raise
            log.warning("Slack does not show the better picture of %s yet: %s", event.id, error)
        else:
            # First what has to be deleted: once message.json names the new one, nobody else knows the old.
            desk.ledger.achieved(item, {"replaced": message.file_id})
            desk.events.save_message(event.id, message.model_copy(update={"file_id": file_id}))
            return 0.0
    if waited < desk.settings.notifier.picture_ready_seconds:
        return next_look(waited)
    log.warning("the alert of %s keeps its first picture: %s is not usable", event.id, file_id)
    _delete(item, desk, "file_id")
    return None


def _delete(item: Item, desk: Desk, *keys: str) -> None:
    for key in keys:
        if file_id := item.progress.get(key):
            desk.forget_file(file_id)
