"""/init: back to the defaults of the first run, after a confirmation; `defaults` is what the button then does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.commands.request import Context, Reply, Request
from app.slack.wording import listing
from app.state.snapshot import Snapshot
from app.state.wishes import Armed, Auto, Head, Notifications, Wish, field_of

CONFIRM_ACTION = "init_confirm"
CONFIRM_VALUE = "init"


def ask_init(request: Request, snapshot: Snapshot, context: Context) -> Reply:
    """Say exactly what would be set, and offer the button. Nothing is changed yet."""
    text = f"This sets: {what_is_set(context.camera_names())}. Events, samples and pictures stay."
    return Reply(text, blocks=_blocks(text))


def what_is_set(cameras: Sequence[str]) -> str:
    """The defaults in words."""
    each = listing(cameras)
    return f"{each} disarmed and looking straight ahead, notifications on, arming by presence off"


def defaults(by: str, at: float, cameras: Sequence[str]) -> dict[str, Wish]:
    """The wishes of the first run. Disarmed: nobody is surprised by an alarm they did not ask for."""
    wishes: dict[str, Wish] = {}
    for camera in cameras:
        for wish in (Armed(by=by, at=at, on=False), Head(by=by, at=at, pan=0, tilt=0)):
            wishes[field_of(wish, camera)] = wish
    for everywhere in (Notifications(by=by, at=at, on=True), Auto(by=by, at=at, on=False)):
        wishes[field_of(everywhere)] = everywhere
    return wishes


def _blocks(text: str) -> tuple[dict[str, Any], ...]:
    button = {
        "type": "button",
        "action_id": CONFIRM_ACTION,
        "value": CONFIRM_VALUE,
        "style": "danger",
        "text": {"type": "plain_text", "text": "Set the defaults"},
    }
    return (
        {"type": "section", "text": {"type": "mrkdwn", "text": text}},
        {"type": "actions", "elements": [button]},
    )
