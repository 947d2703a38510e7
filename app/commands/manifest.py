"""The Slack app's manifest, made from the command table. Pure: facts in, the manifest as plain values out.

Shape and limits: slackapi/manifest-schema, major version 2.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from app.commands.request import Command

BOT_SCOPES = ("commands", "chat:write", "files:write", "files:read")
"""files:read: whether an uploaded picture is ready to be shown is asked with files.info."""


def manifest(commands: Mapping[str, Command], *, url: str | None, name: str = "pycam") -> dict[str, Any]:
    """The manifest for request URLs below `url` (no slash at its end), or for Socket Mode if that is None."""
    interactivity: dict[str, Any] = {"is_enabled": True}
    if url is not None:
        interactivity["request_url"] = f"{url}/interactive"
    return {
        "_metadata": {"major_version": 2},
        "display_information": {
            "name": name,
            "description": "A home security camera",
            "background_color": "#1f2937",
        },
        "features": {
            "bot_user": {"display_name": name, "always_online": True},
            "slash_commands": list(_slash_commands(commands.values(), url)),
        },
        "oauth_config": {"scopes": {"bot": list(BOT_SCOPES)}},
        "settings": {
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
