"""/pycam_settings: a dialog with the numbers that the dashboard's settings have, proved as at a start.

It is opened by the notifier, which alone speaks to Slack: whoever answers Slack's requests waits for nobody.
"""

from __future__ import annotations

import json
import logging

from app.commands.request import Context, Mistake, Outgoing, Reply, Request
from app.commands.settings_form import NUMBERS, Number, as_typed, keep_numbers, typed_number, value_of
from app.commands.submission import Submission
from app.settings import SettingsError, load_settings
from app.slack.settings_view import SettingsField, settings_view
from app.slack.wording import escape, mention
from app.state.snapshot import Snapshot
from app.store.chosen import Refused
from app.store.tuning import NotApplied

log = logging.getLogger(__name__)

OPENING = "Opening the settings…"

UNREADABLE = (
    "The settings cannot be read as they are, so there is nothing to change here: the log says which line."
)

Changes = dict[Number, float | int | None]


class NotKept(Exception):
    """Nothing, or not all, was changed. `errors`: what is wrong, by the id of the field."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(errors.values()))
        self.errors = errors


def pycam_settings(request: Request, snapshot: Snapshot, context: Context) -> Reply:
    """Open the dialog. Raises Mistake."""
    return Reply(OPENING, outgoing=(dialog(request.trigger, request.response_url, context),))


def dialog(trigger: str, response_url: str, context: Context) -> Outgoing:
    """The item that opens it; `response_url` hears of it if Slack does not open it. Raises Mistake."""
    if not trigger:
        raise Mistake("Slack sent nothing to open a dialog with; please try again.")
    try:
        now = load_settings()
    except SettingsError as error:
        log.error("the settings cannot be read: %s", error)
        raise Mistake(UNREADABLE) from None
    shown = {number.key: as_typed(value_of(now, number)) for number in NUMBERS}
    fields = [
        SettingsField(number.key, number.label, number.hint, shown[number.key], number.blank)
        for number in NUMBERS
    ]
    view = settings_view(fields, json.dumps(shown, separators=(",", ":")))
    payload = {"trigger_id": trigger, "response_url": response_url, "view": view}
    return Outgoing("dialog", f"dialog-{context.new_id()}", payload)


def keep(submission: Submission, context: Context) -> Reply:
    """What was typed is in force from now on; everybody is told. Raises NotKept, DiskFull or OSError."""
    changes = _changes(submission)
    if not changes:
        return Reply("")
    before = load_settings()
    try:
        keep_numbers(before.storage.data, changes, submission.received)
    except (Refused, NotApplied) as refused:
        raise NotKept(_by_field(str(refused), changes)) from None
    lines = [
        f"• {escape(number.label)}: {_said(value_of(before, number), number)} → *{_said(value, number)}*"
        for number, value in changes.items()
    ]
    text = f"The settings were changed by {mention(submission.user)}:\n" + "\n".join(lines)
    return Reply(text, in_channel=True)


def _changes(submission: Submission) -> Changes:
    """What differs from what the dialog showed: what somebody else changed meanwhile stays. Raises NotKept."""
    shown = _shown(submission.shown)
    changes: Changes = {}
    errors: dict[str, str] = {}
    for number in NUMBERS:
        typed = submission.values.get(number.key)
        if typed is None or typed.strip() == shown.get(number.key):
            continue
        try:
            changes[number] = typed_number(number, typed.strip())
        except ValueError as error:
            errors[number.key] = str(error)
    if errors:
        raise NotKept(errors)
    return changes


def _shown(remembered: str) -> dict[str, object]:
    try:
        shown = json.loads(remembered or "{}")
    except ValueError:
        return {}
    return shown if isinstance(shown, dict) else {}


def _by_field(refused: str, changes: Changes) -> dict[str, str]:
    """Each reason below the field it is about; what is about none of them below the first."""
    errors: dict[str, str] = {}
    for line in refused.splitlines():
        number = next((number for number in changes if f"{number.key}: " in line), None)
        key = number.key if number else next(iter(changes)).key
        errors.setdefault(key, line.rpartition(f"{key}: ")[2].strip(" ,:") or line)
    return errors


def _said(value: float | None, number: Number) -> str:
    return escape(as_typed(value) or number.blank)
