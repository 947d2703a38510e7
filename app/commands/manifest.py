"""The Slack app's manifest, made from the command table. Pure: facts in, the manifest as plain values out.

Shape and limits: slackapi/manifest-schema, major version 2.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from app.commands.request import Command

BOT_SCOPES = ("commands", "chat:write", "files:write", "files:read")
"""files:read: whether an uploaded picture is ready to be shown is asked with files.info."""

BOT_EVENTS = ("app_home_opened",)


def manifest(commands: Mapping[str, Command], *, url: str | None, name: str = "pycam") -> dict[str, Any]:
    """The manifest for request URLs below `url` (no slash at its end), or for Socket Mode if that is None."""
    interactivity: dict[str, Any] = {"is_enabled": True}
    events: dict[str, Any] = {"bot_events": list(BOT_EVENTS)}
    if url is not None:
        interactivity["request_url"] = f"{url}/interactive"
        events = {"request_url": f"{url}/slack/events", **events}
    return {
        "_metadata": {"major_version": 2},
        "display_information": {
            "name": name,
            "description": "A home security camera",
            "background_color": "#1f2937",
        },
        "features": {
            "app_home": {"home_tab_enabled": True, "messages_tab_enabled": False},
            "bot_user": {"display_name": name, "always_online": True},
            "slash_commands": list(_slash_commands(commands.values(), url)),
        },
        "oauth_config": {"scopes": {"bot": list(BOT_SCOPES)}},
        "settings": {
            "event_subscriptions": events,
            "interactivity": interactivity,
            "org_deploy_enabled": False,
            "socket_mode_enabled": url is None,
            "token_rotation_enabled": False,
        },
    }


def _slash_commands(commands: Iterable[Command], url: str | None) -> Iterable[dict[str, Any]]:
    for command in commands:
        entry: dict[str, Any] = {"command": f"/{command.name}"}
        if url is not None:
            entry["url"] = f"{url}/{command.name}"
        entry["description"] = command.summary.replace("`", "")  # shown as plain text
        if command.usage:
            entry["usage_hint"] = command.usage
        yield entry | {"should_escape": False}
