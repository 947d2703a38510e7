"""What pycam asks of Slack, as plain calls. Every failure of the library or the network leaves as a SlackError.

Retrying is the notifier's work, so nothing here retries or sleeps. A method that Slack limited is not called
again before its Retry-After has passed, whoever asks.
"""

from __future__ import annotations

import json
import logging
import math
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from http.client import HTTPException
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import requests
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web import SlackResponse

from app.slack.errors import SlackError, bad_status, rate_limited, refusal, seconds_of

# Below these levels slack_sdk writes whole bodies, and urllib3 the path of a response_url, which lets anyone post.
_SDK_LOG = logging.getLogger("app.slack.sdk")
_SDK_LOG.setLevel(logging.CRITICAL)  # its errors only repeat what SlackError says
logging.getLogger("urllib3").setLevel(logging.INFO)

SLACK_DOMAINS = (".slack.com", ".slack-gov.com")

Blocks = Sequence[Mapping[str, Any]]


class Posted(NamedTuple):
    """Where a message stands: channel id and time stamp, which is its id."""

    channel: str
    ts: str


class SlackClient:
    """Thread-safe. Every method raises SlackError and nothing else.

    `timeout_seconds` bounds each wait for the network, not the whole call.
    """

    def __init__(
        self,
        token: str,
        *,
        base_url: str = WebClient.BASE_URL,
        timeout_seconds: float = 10,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._timeout = timeout_seconds
        self._clock = clock
        self._limited_until: dict[str, float] = {}
        self._home = _origin(base_url)
        self._web = WebClient(
            token,
            base_url=base_url,
            timeout=math.ceil(timeout_seconds),
            # One context for all requests: reading the system's certificates takes tens of milliseconds on a Pi.
            ssl=ssl.create_default_context(),
            logger=_SDK_LOG,
            retry_handlers=[],
        )
        # slack_sdk takes HTTPS_PROXY for every host; left to urllib, NO_PROXY counts as well.
        self._web.proxy = None

    def post(
        self, channel: str, text: str, blocks: Blocks | None = None, *, thread_ts: str | None = None
    ) -> Posted:
        """A new message (chat.postMessage). `text` is the notification, and all there is without `blocks`."""
        answer = self._call(
            "chat.postMessage",
            lambda: self._web.chat_postMessage(
                channel=channel,
                text=text,
                blocks=blocks,  # type: ignore[arg-type]  # plain dicts are what goes over the wire
                thread_ts=thread_ts,
                unfurl_links=False,
                unfurl_media=False,
            ),
        )
        return Posted(_text_of(answer, "channel"), _text_of(answer, "ts"))

    def update(self, channel: str, ts: str, text: str, blocks: Blocks | None = None) -> None:
        """Replace text and blocks of a message of ours (chat.update). `channel` must be an id."""
        self._call(
            "chat.update",
            lambda: self._web.chat_update(channel=channel, ts=ts, text=text, blocks=blocks or []),  # type: ignore[arg-type]
        )

    def upload(self, jpeg: bytes, filename: str, title: str) -> str:
        """Upload a picture that is shared nowhere yet; its file id. Slack needs a while until it is usable."""
        return self._upload(jpeg, filename, title)

    def share(
        self,
        jpeg: bytes,
        filename: str,
        title: str,
        *,
        channel: str,
        thread_ts: str | None = None,
        comment: str = "",
    ) -> str:
        """Upload a picture into a channel (or a thread) as a message of its own; its file id."""
        return self._upload(
            jpeg, filename, title, channel_id=channel, thread_ts=thread_ts, initial_comment=comment or None
        )

    def file_ready(self, file_id: str) -> bool:
        """Whether Slack has processed the upload, so that an image block may name it (files.info)."""
        answer = self._call("files.info", lambda: self._web.files_info(file=file_id))
        file = answer.get("file")
        return isinstance(file, dict) and bool(file.get("mimetype"))

    def delete_file(self, file_id: str) -> None:
        """Remove an uploaded file from Slack, wherever it is shown (files.delete)."""
        self._call("files.delete", lambda: self._web.files_delete(file=file_id))

    def respond(self, response_url: str, text: str, *, replace_original: bool = False) -> None:
        """Answer a command or a click at the URL that came with it. Works for 30 minutes, five times."""
        body = {"text": text, "replace_original": replace_original, "response_type": "ephemeral"}
        what = "response_url"
        try:
            self._send(what, response_url, json.dumps(body).encode(), "application/json; charset=utf-8")
        except SlackError as error:
            if error.code in ("http_400", "http_403", "http_404", "http_410"):
                raise SlackError(
                    f"{error}: expired, used up or refused", permanent=True, code=error.code
                ) from None
            raise

    def _upload(self, jpeg: bytes, filename: str, title: str, **sharing: str | None) -> str:
        """The three steps of docs.slack.dev/messaging/working-with-files#upload."""
        answer = self._call(
            "files.getUploadURLExternal",
            lambda: self._web.files_getUploadURLExternal(filename=filename, length=len(jpeg)),
        )
        file_id = _text_of(answer, "file_id")
        self._send("the upload", _text_of(answer, "upload_url"), jpeg, "application/octet-stream")
        try:
            self._call(
                "files.completeUploadExternal",
                lambda: self._web.files_completeUploadExternal(
                    files=[{"id": file_id, "title": title}],
                    **sharing,  # type: ignore[arg-type]
                ),
            )
        except SlackError as error:
            if error.code != "file_not_found":
                raise
            raise SlackError(
                "Slack lost the upload before it was complete", code=error.code, understood=False
            ) from error
        return file_id

    def _call(self, method: str, request: Callable[[], SlackResponse]) -> dict[str, Any]:
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

    def _send(self, what: str, url: str, body: bytes, content_type: str) -> None:
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


def _text_of(answer: Mapping[str, Any], key: str) -> str:
    value = answer.get(key)
    if not isinstance(value, str) or not value:
        raise SlackError(f"Slack's answer lacks {key!r}", code="not_slack", understood=False)
    return value


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
