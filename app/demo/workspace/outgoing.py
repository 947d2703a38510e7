"""Slack calling the app: signed, with three seconds to answer, and recorded."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlencode

import requests

from app.demo.workspace.model import Json, Request
from app.demo.workspace.signing import signed_headers
from app.demo.workspace.state import State

ANSWER_SECONDS = 3.0

EVENTS_PATH = "/slack/events"


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `error` is what Slack shows instead: "operation_timeout" or "dispatch_failed"."""

    status: int | None
    body: bytes = b""
    content_type: str = ""
    error: str | None = None
    seconds: float = 0.0


class Caller(Protocol):
    """A way to the app."""

    def post(self, path: str, form: dict[str, str], told: Json) -> Reply: ...
    def event(self, payload: Json, told: Json) -> Reply: ...


class AppCaller:
    """`app_url` is where the app listens; its request URLs are below it. None: no app yet."""

    def __init__(self, state: State, signing_secret: str, app_url: str | None) -> None:
        self._state = state
        self._signing_secret = signing_secret
        self.app_url = app_url
        self._session = requests.Session()
        self._session.trust_env = (
            False  # the app is on this machine; a proxy of the environment is not on the way
        )

    def post(self, path: str, form: dict[str, str], told: Json) -> Reply:
        """POST the form to the app. `told` is what the record keeps of it."""
        return self._post(path, urlencode(form).encode(), "application/x-www-form-urlencoded", told)

    def event(self, payload: Json, told: Json) -> Reply:
        """The Events API: JSON to one address for all of them."""
        return self._post(EVENTS_PATH, json.dumps(payload).encode(), "application/json", told)

    def _post(self, path: str, body: bytes, content_type: str, told: Json) -> Reply:
        headers = {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            **signed_headers(self._signing_secret, body, int(self._state.clock())),
        }
        reply = self._send(path, body, headers)
        self._state.record(
            Request(
                direction="out",
                method=path,
                at=self._state.clock(),
                status=reply.status,
                ok=reply.error is None,
                error=reply.error,
                args=told,
            )
        )
        return reply

    def _send(self, path: str, body: bytes, headers: dict[str, str]) -> Reply:
        if self.app_url is None:
            return Reply(None, error="dispatch_failed")
        started = time.monotonic()
        try:
            answer = self._session.post(
                self.app_url.rstrip("/") + path,
                data=body,
                headers=headers,
                timeout=ANSWER_SECONDS,
                allow_redirects=False,
            )
        except requests.Timeout:
            return Reply(None, error="operation_timeout", seconds=time.monotonic() - started)
        except requests.RequestException:
            return Reply(None, error="dispatch_failed", seconds=time.monotonic() - started)
        seconds = time.monotonic() - started
        error = None
        if seconds > ANSWER_SECONDS:  # requests limits each read, Slack the whole
            error = "operation_timeout"
        elif answer.status_code != 200:
            error = "dispatch_failed"
        return Reply(
            answer.status_code,
            answer.content,
            answer.headers.get("Content-Type", ""),
            error=error,
            seconds=seconds,
        )
