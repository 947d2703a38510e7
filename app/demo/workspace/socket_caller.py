"""Slack speaking to the app through its WebSockets."""

from __future__ import annotations

import json

from app.demo.workspace.model import Json, Request
from app.demo.workspace.outgoing import EVENTS_PATH, Reply
from app.demo.workspace.sockets import Sockets
from app.demo.workspace.state import State


class SocketCaller:
    """What AppCaller is over HTTP."""

    def __init__(self, state: State, sockets: Sockets) -> None:
        self._state, self._sockets = state, sockets

    def post(self, path: str, form: dict[str, str], told: Json) -> Reply:
        """Send the form as an envelope. `told` is what the record keeps of it."""
        if path == "/interactive":
            payload = json.loads(form["payload"])
            # Only a dialog waits for what the app says about it.
            waits = payload["type"] == "view_submission"
            reply = self._sockets.deliver("interactive", payload, takes_payload=waits)
        else:
            reply = self._sockets.deliver("slash_commands", dict(form), takes_payload=True)
        return self._recorded(path, reply, told)

    def event(self, payload: Json, told: Json) -> Reply:
        """An event of the Events API."""
        return self._recorded(
            EVENTS_PATH, self._sockets.deliver("events_api", payload, takes_payload=False), told
        )

    def _recorded(self, path: str, reply: Reply, told: Json) -> Reply:
        self._state.record(
            Request(
                "out", path, self._state.clock(), reply.status, reply.error is None, reply.error, args=told
            )
        )
        return reply
