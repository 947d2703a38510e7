"""Requests as Slack sends them, signed; and how they would be forged."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
from typing import Any
from urllib.parse import urlencode

SECRET = "shh"
FORM = "application/x-www-form-urlencoded"

_triggers = itertools.count(1)


def form_of(command: str, text: str = "", **changes: str) -> bytes:
    """The body of a slash command; two are never alike, as with Slack's trigger ids."""
    return urlencode(
        {
            "token": "deprecated",
            "team_id": "T0HOME",
            "team_domain": "home",
            "channel_id": "C0HOME",
            "channel_name": "home",
            "user_id": "U0OWNER",
            "user_name": "ann",
            "command": f"/{command}",
            "text": text,
            "api_app_id": "A1",
            "response_url": "https://hooks.slack.com/commands/T0HOME/1/x",
            "trigger_id": f"{next(_triggers)}.2.3",
        }
        | changes
    ).encode()


def interaction_of(payload: dict[str, Any]) -> bytes:
    """The body of a press."""
    return urlencode({"payload": json.dumps(payload | {"trigger_id": f"{next(_triggers)}.2.3"})}).encode()


def signed(body: bytes, now: float, secret: str = SECRET) -> dict[str, str]:
    """The headers of `body` sent at `now`."""
    stamp = str(int(now))
    digest = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    return {
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={digest}",
        "Content-Type": FORM,
    }
