"""What a person sees of the app beside messages: a dialog that opens, and their Home tab."""

from __future__ import annotations

import logging
from typing import Any

from app.notifier.desk import Desk, Payload, read
from app.slack.errors import SlackError
from app.slack.event_messages import has_pictures, without_pictures
from app.store.outbox import Item

log = logging.getLogger(__name__)

TRIGGER_SECONDS = 3.0
"""How long Slack lets a dialog be opened (docs.slack.dev/interactivity/handling-user-interaction)."""

TOO_LATE = "Slack gives three seconds to open a dialog, and this took longer. Please try again."


class DialogPayload(Payload):
    """`response_url` hears of it if nothing opens; empty: nobody can."""

    trigger_id: str
    view: dict[str, Any]
    response_url: str = ""


class HomePayload(Payload):
    """For whom, and what."""

    user: str
    view: dict[str, Any]


def open_dialog(item: Item, desk: Desk) -> None:
    """Once: what cannot be opened in time never can."""
    dialog = read(item, DialogPayload)
    if desk.now() - item.created < TRIGGER_SECONDS:
        try:
            desk.slack.open_view(dialog.trigger_id, dialog.view)
        except SlackError as error:
            if not error.permanent:
                raise
            log.error("a dialog could not be opened: %s", error)
        else:
            return
    else:
        log.warning("a dialog was opened too late by %.1f s", desk.now() - item.created - TRIGGER_SECONDS)
    if dialog.response_url:
        desk.slack.respond(dialog.response_url, TOO_LATE)


def publish_home(item: Item, desk: Desk) -> None:
    """The newest one, without pictures if Slack refuses it (one may have been deleted there). What it still refuses is
    only logged: this is a copy, and the next one comes."""
    home = read(item, HomePayload)
    blocks = home.view.get("blocks", [])
    for shown in (blocks, without_pictures(blocks)):
        try:
            desk.slack.publish_home(home.user, {**home.view, "blocks": shown})
        except SlackError as error:
            if not error.permanent:
                raise
            log.error("a Home tab cannot be shown: %s", error)
            if not has_pictures(shown):
                return
        else:
            return
