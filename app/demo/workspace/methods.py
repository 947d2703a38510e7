"""What every Web API method shares: the table's row and the arguments as the caller sent them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Request

from app.demo.workspace.files import Files
from app.demo.workspace.model import Json, SlackError
from app.demo.workspace.sockets import Sockets
from app.demo.workspace.state import State
from app.demo.workspace.views import Views


class Args(dict[str, Any]):
    """Arguments of one call; a missing one is Slack's invalid_arguments."""

    def text(self, name: str, default: str = "") -> str:
        value = self.get(name)
        return default if value is None else str(value)

    def required(self, name: str) -> str:
        value = self.text(name)
        if not value:
            raise SlackError("invalid_arguments", messages=[f"[ERROR] missing required field: {name}"])
        return value

    def parsed(self, name: str, error: str) -> Any:
        """A JSON value, sent as itself (JSON body) or as a string (form)."""
        value = self.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise SlackError(error) from None


@dataclass(frozen=True, slots=True)
class Context:
    """What a method works on."""

    state: State
    files: Files
    sockets: Sockets
    views: Views


Handler = Callable[[Context, Args], Json]


@dataclass(frozen=True, slots=True)
class Method:
    """One row of the Web API's table. `scope` None: any valid token will do. `app_level`: it wants the app's token."""

    handler: Handler
    scope: str | None = None
    app_level: bool = False


def read_args(request: Request) -> Args:
    """Query, form, multipart or JSON, as Slack takes them. Raises SlackError on a body it cannot read."""
    args = Args(request.args.items())
    raw = request.get_data()
    kind = request.mimetype
    if kind == "application/json":
        try:
            body = json.loads(raw or b"{}")
        except ValueError:
            raise SlackError("invalid_json") from None
        if not isinstance(body, dict):
            raise SlackError("json_not_object")
        args.update(body)
    elif kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        args.update(request.form.items())
    elif raw:
        raise SlackError("invalid_post_type")
    return args
