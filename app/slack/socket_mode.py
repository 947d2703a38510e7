"""Socket Mode: a WebSocket that we open and Slack speaks through, so that no port of the house is open."""

from __future__ import annotations

import math
import ssl
from collections.abc import Callable
from urllib.parse import urlsplit

from slack_sdk import WebClient

from app.slack.errors import SlackError
from app.slack.socket_connection import SDK_LOG, Connection, Envelope
from app.slack.transport import SLACK_DOMAINS, Transport

PING_SECONDS = 5.0
"""slack_sdk's default. Four pings without an answer mean that nobody is there."""

_RENEW = "put a valid SLACK_APP_TOKEN (xapp-…, from Basic Information, App-Level Tokens) into private.yml and restart"
_SCOPE = "give the app-level token the scope connections:write (Basic Information, App-Level Tokens)"
_APP = "see whether the app is still installed and Socket Mode still on (api.slack.com/apps)"

_OWNER_MUST = {
    "not_authed": _RENEW,
    "invalid_auth": _RENEW,
    "token_revoked": _RENEW,
    "token_expired": _RENEW,
    "not_allowed_token_type": f"SLACK_APP_TOKEN is a token of another kind: {_RENEW}",
    "missing_scope": _SCOPE,
    "no_permission": _SCOPE,
    "account_inactive": _APP,
    "team_disabled": _APP,
    "user_removed_from_team": _APP,
    "forbidden_team": _APP,
    "access_denied": _APP,
    "accesslimited": "allow this network under the app's IP addresses",
}
"""Codes of docs.slack.dev/reference/methods/apps.connections.open."""


class SocketMode:
    """Opens connections for one app-level token."""

    def __init__(
        self,
        app_token: str,
        *,
        base_url: str = WebClient.BASE_URL,
        timeout_seconds: float = 8,
        ping_seconds: float = PING_SECONDS,
    ) -> None:
        self._token, self._base_url, self._ping_seconds = app_token, base_url, ping_seconds
        self._transport = Transport(base_url, timeout_seconds)
        self._web = WebClient(
            base_url=base_url,
            timeout=math.ceil(timeout_seconds),
            ssl=ssl.create_default_context(),
            logger=SDK_LOG,
            retry_handlers=[],
        )
        self._web.proxy = None  # left to urllib, NO_PROXY counts as well

    def open(self, take: Callable[[Envelope], None]) -> Connection:
        """A new connection; `take` gets each envelope, in order, and must return at once. Raises SlackError."""
        return Connection(self._web, self._token, self.address(), self._ping_seconds, take)

    def address(self) -> str:
        """Where one connection may be opened (apps.connections.open); nothing is. It is a secret. Raises SlackError."""
        method = "apps.connections.open"
        try:
            answer = self._transport.call(
                method, lambda: self._web.apps_connections_open(app_token=self._token)
            )
        except SlackError as error:
            if (advice := _OWNER_MUST.get(error.code)) is None:
                raise
            # The advice of the other methods is about the bot's token.
            said = f"Slack refused {method}: {error.code}; {advice}"
            raise SlackError(said, code=error.code, advice=advice) from None
        url = answer.get("url")
        if not isinstance(url, str) or not self._is_slacks(url):
            raise SlackError(f"{method} gave an address that is not Slack's", code="bad_url")
        return url

    def _is_slacks(self, url: str) -> bool:
        """wss to Slack's own hosts; unencrypted only to where the API itself is."""
        try:
            parts, home = urlsplit(url), urlsplit(self._base_url)
            if parts.scheme == "ws":
                return home.scheme == "http" and parts.netloc == home.netloc
            # slack_sdk speaks TLS on port 443 and nowhere else.
            on_443 = parts.port in (None, 443)
            return parts.scheme == "wss" and on_443 and (parts.hostname or "").endswith(SLACK_DOMAINS)
        except ValueError:
            return False
