"""What can be asked of Slack without anybody seeing it: who we are, what we may, what time it is there."""

from __future__ import annotations

import logging
import math
import ssl
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from slack_sdk import WebClient
from slack_sdk.web import SlackResponse

from app.slack.errors import SlackError
from app.slack.transport import Transport

_SDK_LOG = logging.getLogger("app.slack.sdk")
_SDK_LOG.setLevel(logging.CRITICAL)


class Identity(NamedTuple):
    """Whose the token is. `scopes`: None if Slack does not say."""

    team: str
    team_id: str
    user: str
    scopes: frozenset[str] | None


class Rehearsal(NamedTuple):
    """A message that would be posted. `left_behind`: why it could not be taken back; '' if it was."""

    left_behind: str


class SlackProbe:
    """Every method raises SlackError and nothing else. `timeout_seconds` bounds each wait for the network."""

    def __init__(
        self, token: str = "", *, base_url: str = WebClient.BASE_URL, timeout_seconds: float = 10
    ) -> None:
        self._transport = Transport(base_url, timeout_seconds)
        self._web = WebClient(
            token or None,
            base_url=base_url,
            timeout=math.ceil(timeout_seconds),
            ssl=ssl.create_default_context(),
            logger=_SDK_LOG,
            retry_handlers=[],
        )
        self._web.proxy = None  # left to urllib, NO_PROXY counts as well

    def server_time(self) -> float:
        """Slack's clock, seconds since the epoch, to the second. Needs no token."""
        _, headers = self._ask("api.test", self._web.api_test)
        try:
            return parsedate_to_datetime(headers["date"]).timestamp()
        except (KeyError, ValueError):
            raise SlackError("Slack's answer has no readable date", code="not_slack") from None

    def identity(self) -> Identity:
        """Whose the token is (auth.test), and its scopes (the header x-oauth-scopes of that answer)."""
        answer, headers = self._ask("auth.test", self._web.auth_test)
        scopes = headers.get("x-oauth-scopes")
        return Identity(
            str(answer.get("team", "")),
            str(answer.get("team_id", "")),
            str(answer.get("user", "")),
            None if scopes is None else frozenset(filter(None, (part.strip() for part in scopes.split(",")))),
        )

    def rehearse_post(self, channel: str, text: str, at: float) -> Rehearsal:
        """Schedule a message for `at` and take it back at once: what chat:write can find out without being seen.

        chat.scheduleMessage refuses as chat.postMessage would: not_in_channel, channel_not_found, is_archived,
        restricted_action. (conversations.info would need channels:read, which pycam has no other use for.)
        """
        answer, _ = self._ask(
            "chat.scheduleMessage",
            lambda: self._web.chat_scheduleMessage(channel=channel, text=text, post_at=int(at)),
        )
        scheduled = str(answer.get("scheduled_message_id", ""))
        try:
            self._ask(
                "chat.deleteScheduledMessage",
                lambda: self._web.chat_deleteScheduledMessage(
                    # Scheduling takes a name for a channel as well; deleting only the id.
                    channel=str(answer.get("channel") or channel),
                    scheduled_message_id=scheduled,
                ),
            )
        except SlackError as error:
            return Rehearsal(str(error))
        return Rehearsal("")

    def _ask(
        self, method: str, request: Callable[[], SlackResponse]
    ) -> tuple[dict[str, Any], Mapping[str, str]]:
        """The answer, and its headers by lower-case name."""
        headers: dict[str, str] = {}

        def asked() -> SlackResponse:
            response = request()
            headers.update((name.lower(), value) for name, value in response.headers.items())
            return response

        return self._transport.call(method, asked), headers
