"""One target told of one event or notice besides Slack: not before its time, and only if that is still needed.

1. wait for the target's time
2. look whether it has become needless
3. wait a moment for the picture
4. hand it over
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime

from app.notifier.desk import Desk, Payload, read
from app.notifier.messenger import Messenger, Note, NotTold
from app.notifier.occasions import reacted, wait_left
from app.slack import messages
from app.slack.messages import LATE_SECONDS
from app.slack.plain import as_plain
from app.slack.wording import duration
from app.store.events import EventRecord
from app.store.outbox import Item

log = logging.getLogger(__name__)

PICTURE_SECONDS = 5.0
"""The camera writes the picture into the event's folder just after the alert; on a full disk it never does."""

PICTURE_LOOK_SECONDS = 0.3

TRIES_WITH_PICTURE = 3
"""After as many failures each further attempt is made once more without it: some services refuse pictures, or large
ones, and do not say that this is why."""

BACKOFF_MAX_SECONDS = 300.0
"""The longest pause between two attempts: some 400 in PATIENCE_SECONDS."""

PATIENCE_SECONDS = 24 * 3600.0
PATIENCE_TRIES = 20
"""Both must have passed: a Pi without a clock of its own leaps by days when it learns the time."""


class NotifyPayload(Payload):
    """`to`: Messenger.key. `delay_seconds`: from when it was put. Of `event`, which the outbox item `alert` (empty:
    not known) brings to Slack; or `text` of the outbox item `notice`."""

    to: str
    when: str
    delay_seconds: float
    picture: bool = True
    event: EventRecord | None = None
    alert: str = ""
    text: str = ""
    notice: str = ""


def step(item: Item, desk: Desk) -> float | None:
    """The next step: seconds until the one after it, None when it is told, or need not be. Raises NotTold."""
    asked = read(item, NotifyPayload)
    messenger = desk.messengers.get(asked.to)
    if messenger is None:
        log.info("%s: whom it was for is not in NOTIFY any more", item.id)
        return None
    if (left := wait_left(item.created, desk.now(), asked.delay_seconds)) > 0:
        return left
    event = asked.event and (desk.events.get(asked.event.id) or asked.event)
    if why := _needless(asked, event, desk):
        log.info("%s: NOTIFY[%d] need not be told: %s", item.id, messenger.number, why)
        return None
    jpeg = None
    if event and asked.picture and not desk.must_hide_picture(event.id):
        jpeg = _picture(event.id, desk)
        if jpeg is None and wait_left(item.created, desk.now(), asked.delay_seconds + PICTURE_SECONDS) > 0:
            return PICTURE_LOOK_SECONDS
    note = _alert_note(event, asked, desk, jpeg) if event else Note("pycam", as_plain(asked.text, local))
    try:
        _hand_over(messenger, note, item.attempts)
    except NotTold as error:
        raise NotTold(f"NOTIFY[{messenger.number}]: {error}") from error
    return None


def _hand_over(messenger: Messenger, note: Note, attempts: int) -> None:
    try:
        messenger.send(note)
    except NotTold as error:
        if note.picture is None or attempts < TRIES_WITH_PICTURE:
            raise
        messenger.send(replace(note, picture=None))
        log.warning("NOTIFY[%d] was told without the picture: %s", messenger.number, error)


def out_of_patience(item: Item, now: float, attempts: int) -> bool:
    """Whether what failed so often and for so long is given up."""
    return attempts >= PATIENCE_TRIES and now - item.created > PATIENCE_SECONDS


def _alert_note(event: EventRecord, asked: NotifyPayload, desk: Desk, jpeg: bytes | None) -> Note:
    """The words of the alert in Slack, with this house's time, why it comes this way, and where more is."""
    facts = desk.facts(event, sent=event.started, training=False, picture=None)
    lines = [as_plain(messages.alert_without_blocks(facts), local)]
    if asked.when == "slack_failed":
        lines.append("Slack does not have this alert.")
    elif asked.when == "unacknowledged":
        lines.append(f"Within {duration(asked.delay_seconds)} nobody has tagged it, muted or disarmed.")
    if (late := desk.now() - event.started - asked.delay_seconds) > LATE_SECONDS:
        lines.append(f"Told {duration(late)} late.")
    dashboard = desk.settings.dashboard
    if dashboard.enabled and dashboard.public_url:
        lines.append(f"{dashboard.public_url}/events/{event.id}")
    return Note(as_plain(messages.alert(facts).text), "\n".join(lines), jpeg)


def local(moment: float) -> str:
    """A time on this machine's wall clock: '2026-11-20 14:03:21 CET'."""
    return datetime.fromtimestamp(moment).astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")


def _needless(asked: NotifyPayload, event: EventRecord | None, desk: Desk) -> str:
    if asked.when == "slack_failed":
        return "Slack has it" if _is_in_slack(event, asked, desk) else ""
    if asked.when == "unacknowledged" and event is not None:
        return _acknowledged(event, asked.alert, desk)
    return ""


def _acknowledged(event: EventRecord, alert: str, desk: Desk) -> str:
    if desk.events.tag_of(event.id) or desk.events.is_kept(event.id):
        return "somebody has tagged or kept it"
    # Once the alert is in Slack, message.json is in that folder.
    if alert and not desk.ledger.holds(alert) and not desk.events.has_folder(event.id):
        return "somebody has deleted it"
    if reacted(desk.wishes(), event.camera, event.started):
        return "somebody has disarmed or muted since"
    return ""


def _is_in_slack(event: EventRecord | None, asked: NotifyPayload, desk: Desk) -> bool:
    """On a full disk message.json is missing, and of an event that somebody deleted; the outbox still knows."""
    if event is None:
        return not desk.ledger.holds(asked.notice)
    if desk.events.message_of(event.id) is not None:
        return True
    return bool(asked.alert) and (desk.ledger.is_posted(asked.alert) or not desk.ledger.holds(asked.alert))


def _picture(event_id: str, desk: Desk) -> bytes | None:
    path = desk.events.file(event_id, "alert.jpg")
    try:
        return path.read_bytes() if path else None
    except OSError as error:
        log.warning("the picture of %s cannot be read: %s", event_id, error)
        return None
