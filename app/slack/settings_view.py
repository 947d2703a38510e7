"""The dialog for the common settings. Pure.

Limits (docs.slack.dev/reference/views): title and buttons 24 characters, 100 blocks, private_metadata 3000; a
label and a hint 2000.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from app.slack.wording import clip

SETTINGS = "settings"
"""The dialog's name, which comes back with it."""

_VALUE = "value"


class SettingsField(NamedTuple):
    """One number. `id` comes back with what was typed; `shown`: what is in force, as text; `blank`: what an empty
    field means, if it may be empty."""

    id: str
    label: str
    hint: str
    shown: str
    blank: str = ""


def settings_view(fields: Sequence[SettingsField], remembered: str) -> dict[str, Any]:
    """`remembered` comes back with the answer."""
    return {
        "type": "modal",
        "callback_id": SETTINGS,
        "private_metadata": remembered,
        "title": _plain("Settings"),
        "submit": _plain("Save"),
        "close": _plain("Cancel"),
        "blocks": [_input(field) for field in fields],
    }


def errors_payload(errors: Mapping[str, str]) -> dict[str, Any]:
    """The answer that keeps a dialog open and says below each field (by its id) what is wrong with it."""
    return {"response_action": "errors", "errors": dict(errors)}


def _input(field: SettingsField) -> dict[str, Any]:
    element: dict[str, Any] = {"type": "number_input", "is_decimal_allowed": True, "action_id": _VALUE}
    if field.shown:
        element["initial_value"] = field.shown
    if field.blank:
        element["placeholder"] = _plain(clip(field.blank, 150))
    hint = f"{field.hint}; empty: {field.blank}" if field.blank else field.hint
    return {
        "type": "input",
        "block_id": field.id,
        "optional": bool(field.blank),
        "label": _plain(field.label),
        "hint": _plain(hint),
        "element": element,
    }


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}
