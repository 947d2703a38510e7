"""The message of an event, rendered anew from what is known now. Doing it twice does no harm."""

from __future__ import annotations

import logging
from dataclasses import replace

from app.notifier import better_picture
from app.notifier.alert import sent_at
from app.notifier.desk import Desk, Payload, read
from app.notifier.lanes import brings_picture
from app.slack import messages
from app.slack.errors import INVALID_BLOCKS, MESSAGE_GONE, SlackError
from app.slack.messages import AlertFacts
from app.store.events import MessageRecord
from app.store.outbox import Item

log = logging.getLogger(__name__)


class EditPayload(Payload):
    """Which event."""

    event_id: str


def step(item: Item, desk: Desk) -> float | None:
    """One edit of the text, or the next step of one that brings a picture."""
    if brings_picture(item):
        return better_picture.step(item, desk)
    _edit(item, desk)
    return None


def _edit(item: Item, desk: Desk) -> None:
    """An event that was never announced (muted, or its alert set aside) has no message to edit."""
    event_id = read(item, EditPayload).event_id
    event, message = desk.events.get(event_id), desk.events.message_of(event_id)
    if event is None or message is None:
        return
    hide = desk.must_hide_picture(event_id)
    facts = desk.facts(
        event,
        sent=sent_at(message, event),
        training=desk.settings.training.enabled,
        picture=None if hide else message.file_id,
    )
    try:
        _update(desk, message, facts)
    except SlackError as error:
        if error.code not in MESSAGE_GONE:
            raise
        log.info("the alert of %s was deleted in Slack", event_id)
    files = [file_id for file_id in (message.file_id, message.clip_file_id) if file_id]
    if hide and files:
        for file_id in files:
            desk.forget_file(file_id)
        gone = message.model_copy(update={"file_id": None, "clip_file_id": None})
        desk.events.save_message(event_id, gone)


def _update(desk: Desk, message: MessageRecord, facts: AlertFacts) -> None:
    """As it should be; if Slack refuses that, without the picture; if need be, in words alone."""
    for layout in (facts, replace(facts, picture=None)):
        try:
            desk.slack.update(message.channel, message.ts, *messages.alert(layout))
        except SlackError as error:
            if error.code not in INVALID_BLOCKS:
                raise
            log.error("Slack refuses the layout of the alert of %s: %s", facts.event_id, error)
        else:
            return
    desk.slack.update(message.channel, message.ts, messages.alert_without_blocks(facts))
