"""The way to Slack and back: whatever goes wrong on it leaves as a SlackError, once, here."""

from __future__ import annotations

import logging
import ssl
import time
from collections.abc import Callable, Iterator
from http.client import HTTPException
from typing import Any, Protocol
from urllib.parse import urlsplit

import requests
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import SlackResponse

from app.slack.errors import SlackError, bad_status, rate_limited, refusal, seconds_of

# A response_url lets anyone post; urllib3 would write its path at DEBUG.
logging.getLogger("urllib3").setLevel(logging.INFO)

SLACK_DOMAINS = (".slack.com", ".slack-gov.com")


class Stream(Protocol):
    """Content that is read while it is sent, so that a video need not be in memory. `len` is in bytes."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[bytes]: ...
    def read(self, size: int = -1, /) -> bytes: ...


Content = bytes | Stream


class Transport:
    """Thread-safe. A method that Slack limited is not called again before its Retry-After has passed.

    `base_url` is where the Web API is; what is on the same host and port is Slack's as well.
    """

    def __init__(
        self, base_url: str, timeout_seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._home, self._timeout, self._clock = _origin(base_url), timeout_seconds, clock
        self._limited_until: dict[str, float] = {}

    def call(self, method: str, request: Callable[[], SlackResponse]) -> dict[str, Any]:
        """Slack's answer to `request`, a call of slack_sdk to `method`."""
        self._wait_not_over(method)
        try:
            data = request().data
        except SlackApiError as error:
            raise self._translated(method, error.response) from None
        except (OSError, HTTPException) as error:
            raise _unreachable(method, error) from error
        except (SlackClientError, ValueError, LookupError, AttributeError, TypeError) as error:
            # What slack_sdk lets through on answers that are not its JSON: null, a list, a broken encoding.
            raise _not_slacks(method) from error
        if not isinstance(data, dict):
            raise _not_slacks(method)
        return data

    def _translated(self, method: str, response: SlackResponse) -> SlackError:
        answer, status = response.data, response.status_code
        code = answer.get("error") if isinstance(answer, dict) else None
        if status == 429 or code in ("ratelimited", "rate_limited"):
            return self._limited(method, rate_limited(method, seconds_of(response.headers)))
        # slack_sdk puts the sentence "Received a response in a non-JSON format: …" where the code should be.
        if isinstance(answer, dict) and isinstance(code, str) and " " not in code and status < 500:
            return refusal(method, answer)
        return _not_slacks(method) if status == 200 else bad_status(method, status, response.headers)

    def send(self, what: str, url: str, body: Content, content_type: str) -> None:
        """POST to a URL that came in an answer or a request, if it is Slack's."""
        self._wait_not_over(what)
        if not self._is_slacks(url):
            raise SlackError(
                f"{what} would go to an address that is not Slack's", permanent=True, code="bad_url"
            )
        try:
            answer = requests.post(
                url,
                data=body,
                headers={"Content-Type": content_type},
                timeout=self._timeout,
                allow_redirects=False,
            )
        except (requests.RequestException, OSError, HTTPException) as error:
            raise _unreachable(what, error) from None  # the original holds the URL, which is a secret
        if answer.status_code != 200:
            raise self._limited(what, bad_status(what, answer.status_code, answer.headers))
        if answer.content.lstrip()[:1] == b"<":
            raise _not_slacks(what)

    def _limited(self, what: str, error: SlackError) -> SlackError:
        """Remember until when `what` must not be called, if that is what `error` says."""
        if error.code == "ratelimited" and error.retry_after:
            self._limited_until[what] = self._clock() + error.retry_after
        return error

    def _wait_not_over(self, method: str) -> None:
        left = self._limited_until.get(method, 0.0) - self._clock()
        if left > 0:
            raise rate_limited(method, left)

    def _is_slacks(self, url: str) -> bool:
        """Nothing from outside makes us post elsewhere: Slack's own hosts over https, or where the API is."""
        try:
            parts = urlsplit(url)
            host = parts.hostname or ""
            return _origin(url) == self._home or (parts.scheme == "https" and host.endswith(SLACK_DOMAINS))
        except ValueError:
            return False


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port


def _not_slacks(what: str) -> SlackError:
    return SlackError(f"{what} was answered with something that is not Slack's", code="not_slack")


def _unreachable(what: str, error: Exception) -> SlackError:
    """A sentence of the innermost reason; never the URL, which may be a secret."""
    cause: Exception = error
    while isinstance(inner := getattr(cause, "reason", None) or (cause.args or (None,))[0], Exception):
        cause = inner
    reason = getattr(cause, "strerror", None) or type(cause).__name__
    advice = "check this machine's date and time" if isinstance(cause, ssl.SSLCertVerificationError) else ""
    said = f"Slack cannot be reached ({what}: {reason})"
    return SlackError(f"{said}; {advice}" if advice else said, code="unreachable", advice=advice)
