"""The app's Home tab. Pure.

Limits (docs.slack.dev/reference/views): 100 blocks; a section's text 3000 characters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.slack.event_messages import EventLine, event_block
from app.slack.wording import clip, duration

HOME = "home_"
"""What its buttons' action ids begin with; the name of a command follows."""

REFRESH, SETTINGS = f"{HOME}refresh", f"{HOME}pycam_settings"

MAX_CAMERAS = 20
"""Rows of buttons; more cameras than this are one row's business, all together."""

_MOST = 2900


@dataclass(frozen=True, slots=True)
class HomeFacts:
    """What it shows. `status`: as /pi_status says it. `armed`: of each camera, whether it is. `may_change`: whether
    there are buttons for that. `snooze_minutes`: what muting means. `notice`: what came of the last press."""

    status: str
    events: Sequence[EventLine]
    armed: dict[str, bool]
    notifications: bool = True
    auto: bool = False
    may_change: bool = False
    snooze_minutes: int = 30
    notice: str = ""
    dashboard: str = ""


def home_view(facts: HomeFacts) -> dict[str, Any]:
    """For who may look, or more."""
    blocks: list[dict[str, Any]] = []
    if facts.notice:
        blocks += [_section(_cut(facts.notice)), {"type": "divider"}]
    blocks += [_header("How it is"), *(_section(part) for part in _parts(facts.status))]
    if facts.may_change:
        blocks += _orders(facts)
    last = [_button("Refresh", REFRESH)]
    if facts.may_change:
        last.append(_button("Settings…", SETTINGS))
    if facts.dashboard:
        last.append({**_button("Dashboard", f"{HOME}dashboard"), "url": facts.dashboard})
    blocks += [_actions(*last), _header("Last events")]
    blocks += [event_block(line) for line in facts.events] or [_section("There is none yet.")]
    return {"type": "home", "blocks": blocks}


def closed_view(why: str) -> dict[str, Any]:
    """For anybody else: what they would have to do, and nothing of the house."""
    return {"type": "home", "blocks": [_section(_cut(why))]}


def _orders(facts: HomeFacts) -> list[dict[str, Any]]:
    """One button for each thing: the one that changes it."""
    cameras = list(facts.armed)[:MAX_CAMERAS]
    rows = [_actions(_arming(camera, facts.armed[camera], len(cameras) > 1)) for camera in cameras]
    mute = duration(facts.snooze_minutes * 60)
    notifications = (
        _button(f"Mute for {mute}", f"{HOME}notifications_off", f"{facts.snooze_minutes}m")
        if facts.notifications
        else _button("Notifications on", f"{HOME}notifications_on")
    )
    auto = (
        _button("Stop presence arming", f"{HOME}auto_detect_off")
        if facts.auto
        else _button("Let presence arm", f"{HOME}auto_detect_on")
    )
    return [*rows, _actions(notifications, auto)]


def _arming(camera: str, armed: bool, several: bool) -> dict[str, Any]:
    name = f" {clip(camera, 40)}" if several else ""
    if not armed:
        return _button(f"Arm{name}", f"{HOME}pycam_on", camera) | {"style": "primary"}
    return _button(f"Disarm{name}", f"{HOME}pycam_off", camera) | {
        "style": "danger",
        "confirm": {
            "title": _plain("Disarm?"),
            "text": _plain(f"{clip(camera, 100)} stops watching until it is armed again."),
            "confirm": _plain("Disarm"),
            "deny": _plain("Keep watching"),
        },
    }


def _parts(text: str) -> list[str]:
    """Whole lines, as many to a section as it takes."""
    parts = [""]
    for line in text.splitlines():
        if len(parts[-1]) + len(line) + 1 > _MOST:
            parts.append("")
        parts[-1] = _cut(f"{parts[-1]}\n{line}".lstrip("\n"))
    return [part for part in parts if part]


def _cut(text: str) -> str:
    return text if len(text) <= _MOST else text[: _MOST - 1] + "…"


def _header(text: str) -> dict[str, Any]:
    return {"type": "header", "text": _plain(text)}


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def _actions(*buttons: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(buttons)}


def _button(label: str, action: str, value: str = "") -> dict[str, Any]:
    button = {"type": "button", "text": _plain(label), "action_id": action}
    return button | {"value": value} if value else button


def _plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}
