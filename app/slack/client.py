"""What pycam asks of Slack, as plain calls. Retrying is the notifier's work: nothing here retries or sleeps."""

from __future__ import annotations

import json
import logging
import math
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from slack_sdk import WebClient

from app.slack.errors import SlackError
from app.slack.transport import Content, Transport

_SDK_LOG = logging.getLogger("app.slack.sdk")
_SDK_LOG.setLevel(
    logging.CRITICAL
)  # at DEBUG it writes whole bodies; its errors only repeat what SlackError says

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
        self._transport = Transport(base_url, timeout_seconds, clock)
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
        answer = self._transport.call(
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
        self._transport.call(
            "chat.update",
            lambda: self._web.chat_update(channel=channel, ts=ts, text=text, blocks=blocks or []),  # type: ignore[arg-type]
        )

    def upload(self, jpeg: bytes, filename: str, title: str) -> str:
        """Upload a picture that is shared nowhere yet; its file id. Slack needs a while until it is usable."""
        return self._upload(jpeg, filename, title)

    def share(
        self,
        content: Content,
        filename: str,
        title: str,
        *,
        channel: str,
        thread_ts: str | None = None,
        comment: str = "",
    ) -> str:
        """Upload a picture or a clip into a channel (or a thread) as a message of its own; its file id."""
        return self._upload(
            content, filename, title, channel_id=channel, thread_ts=thread_ts, initial_comment=comment or None
        )

    def file_ready(self, file_id: str) -> bool:
        """Whether Slack has processed the upload, so that an image block may name it (files.info)."""
        answer = self._transport.call("files.info", lambda: self._web.files_info(file=file_id))
        file = answer.get("file")
        return isinstance(file, dict) and bool(file.get("mimetype"))

    def delete_file(self, file_id: str) -> None:
        """Remove an uploaded file from Slack, wherever it is shown (files.delete)."""
        self._transport.call("files.delete", lambda: self._web.files_delete(file=file_id))

    def open_view(self, trigger_id: str, view: Mapping[str, Any]) -> None:
        """Open a dialog for whoever just did something: `trigger_id` works once, for three seconds (views.open)."""
        self._transport.call(
            "views.open",
            lambda: self._web.views_open(trigger_id=trigger_id, view=dict(view)),
        )

    def publish_home(self, user: str, view: Mapping[str, Any]) -> None:
        """What that person's Home tab of the app shows from now on (views.publish)."""
        self._transport.call("views.publish", lambda: self._web.views_publish(user_id=user, view=dict(view)))

    def respond(
        self,
        response_url: str,
        text: str,
        blocks: Sequence[Mapping[str, Any]] = (),
        *,
        replace_original: bool = False,
    ) -> None:
        """Answer a command or a click at the URL that came with it. Works for 30 minutes, five times."""
        body = {"text": text, "replace_original": replace_original, "response_type": "ephemeral"}
        if blocks:
            body["blocks"] = list(blocks)
        what = "response_url"
        try:
            self._transport.send(
                what, response_url, json.dumps(body).encode(), "application/json; charset=utf-8"
            )
        except SlackError as error:
            if error.code in ("http_400", "http_403", "http_404", "http_410"):
                raise SlackError(
                    f"{error}: expired, used up or refused", permanent=True, code=error.code
                ) from None
            raise

    def _upload(self, content: Content, filename: str, title: str, **sharing: str | None) -> str:
        """The three steps of docs.slack.dev/messaging/working-with-files#upload."""
        answer = self._transport.call(
            "files.getUploadURLExternal",
            lambda: self._web.files_getUploadURLExternal(filename=filename, length=len(content)),
        )
        file_id = _text_of(answer, "file_id")
        try:
            self._transport.send(
                "the upload", _text_of(answer, "upload_url"), content, "application/octet-stream"
            )
            self._transport.call(
                "files.completeUploadExternal",
                lambda: self._web.files_completeUploadExternal(
                    files=[{"id": file_id, "title": title}],
                    **sharing,  # type: ignore[arg-type]
                ),
            )
        except SlackError as error:
            refused = error.code.startswith("http_4") and not error.permanent
            if not refused and error.code != "file_not_found":
                raise
            # A new upload may fare better, but not the hundredth.
            raise SlackError(f"the upload was lost: {error}", code=error.code, understood=False) from error
        return file_id


def _text_of(answer: Mapping[str, Any], key: str) -> str:
    value = answer.get(key)
    if not isinstance(value, str) or not value:
        raise SlackError(f"Slack's answer lacks {key!r}", code="not_slack", understood=False)
    return value
