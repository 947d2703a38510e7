"""An alert: one message, its text within moments, its picture as soon as Slack can show it.

1. post text and buttons
2. upload the picture, shared nowhere
3. wait until Slack has processed it
4. put it into the message; or, if that takes too long, 5. share it in the message's thread

Each call of step() does one of these and keeps what Slack took before it returns, so that a power cut between
any two repeats nothing.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from app.notifier.desk import Desk, Payload, read
from app.notifier.lanes import is_posted
from app.slack import messages
from app.slack.errors import INVALID_BLOCKS, MESSAGE_GONE, SlackError
from app.slack.messages import AlertFacts
from app.store.events import EventRecord, MessageRecord
from app.store.files import DiskFull
from app.store.outbox import Item

log = logging.getLogger(__name__)


class AlertPayload(Payload):
    """`event` as it was when the alert was put; the event's own record may know more by now."""

    event: EventRecord
    training: bool


def step(item: Item, desk: Desk) -> float | None:
    """The next step of this alert: seconds until the one after it, None when all is done."""
    alert = read(item, AlertPayload)
    event = desk.events.get(alert.event.id) or alert.event
    message = desk.events.message_of(event.id)
    if not is_posted(item):
        if message is None:
            message = _announce(
                desk, desk.facts(event, sent=desk.now(), training=alert.training, picture=None)
            )
        desk.ledger.achieved(item, {"channel": message.channel, "ts": message.ts})
        return 0.0
    if message is None:  # there was no room on the disk for it
        message = MessageRecord(channel=item.progress["channel"], ts=item.progress["ts"])
        desk.events.save_message(event.id, message)
    jpeg = desk.ledger.picture(item)
    if jpeg is None:
        return None
    if desk.must_hide_picture(event.id):
        _leave_out(item, desk)
        return None
    if "file_id" not in item.progress:
        file_id = desk.slack.upload(
            jpeg, f"{event.id}.jpg", messages.picture_title(event.camera, event.started)
        )
        desk.ledger.achieved(item, {"file_id": file_id, "uploaded_at": desk.now()})
        return 0.0
    facts = desk.facts(event, sent=sent_at(message, event), training=alert.training, picture=None)
    try:
        return _show(item, desk, facts, message, jpeg)
    except SlackError as error:
        if error.code not in MESSAGE_GONE | {"thread_not_found"}:
            raise
        log.info("the alert of %s was deleted in Slack; its picture is not needed", event.id)
        _leave_out(item, desk)
        return None


def _announce(desk: Desk, facts: AlertFacts) -> MessageRecord:
    """Step 1. message.json is written before anything else: from then on the alert is known to be posted."""
    try:
        posted = desk.slack.post(desk.alerts_channel, *messages.alert(facts))
    except SlackError as error:
        if error.code not in INVALID_BLOCKS:
            raise
        log.error("the alert goes out as plain text: %s", error)
        posted = desk.slack.post(desk.alerts_channel, messages.alert_without_blocks(facts))
    message = MessageRecord(channel=posted.channel, ts=posted.ts)
    try:
        desk.events.save_message(facts.event_id, message)
    except (DiskFull, OSError) as error:
        log.error("where the alert %s stands cannot be kept yet: %s", facts.event_id, error)
    return message


def _show(item: Item, desk: Desk, facts: AlertFacts, message: MessageRecord, jpeg: bytes) -> float | None:
    """Steps 3 to 5."""
    file_id, waited = item.progress["file_id"], desk.now() - item.progress["uploaded_at"]
    if shared := item.progress.get("shared"):
        # An edit to come may show it in the message after all; a tag may remove it.
        desk.events.save_message(facts.event_id, message.model_copy(update={"file_id": shared}))
        desk.forget_file(file_id)
        return None
    if desk.is_ready(file_id):
        try:
            desk.slack.update(message.channel, message.ts, *messages.alert(replace(facts, picture=file_id)))
        except SlackError as error:
            if error.code not in INVALID_BLOCKS:
                raise
            log.warning("Slack does not show the picture of %s yet: %s", facts.event_id, error)
        else:
            desk.events.save_message(facts.event_id, message.model_copy(update={"file_id": file_id}))
            return None
    if waited < desk.settings.notifier.picture_ready_seconds:
        return next_look(waited)
    log.warning("the picture of %s goes into the thread: not usable after %.0f s", facts.event_id, waited)
    # A file whose upload is complete cannot be shared by the same call again, hence a second upload.
    shared = desk.slack.share(
        jpeg,
        f"{facts.event_id}.jpg",
        messages.picture_title(facts.camera, facts.started),
        channel=message.channel,
        thread_ts=message.ts,
        comment=messages.picture_in_thread(),
    )
    desk.ledger.achieved(item, {"shared": shared})
    return 0.0


def _leave_out(item: Item, desk: Desk) -> None:
    for key in ("file_id", "shared"):
        if file_id := item.progress.get(key):
            desk.forget_file(file_id)


def next_look(waited: float) -> float:
    """Seconds until Slack is asked again whether it has processed a picture: mostly at once, rarely for long."""
    return min(1.0, max(0.1, waited / 2))


def sent_at(message: MessageRecord, event: EventRecord) -> float:
    """When a message was posted: its time stamp says so."""
    try:
        return float(message.ts)
    except ValueError:
        return event.started
