"""One WebSocket of Socket Mode: what comes in, how long it has been silent, how it ended.

It is used once and does not reconnect by itself: slack_sdk's own reconnecting believes in a socket as long as the
object exists (python-slack-sdk #1701, #1462). Whoever holds a Connection asks it for its silence and opens a new
one, with a new URL, when that is too long.
"""

from __future__ import annotations

import contextlib
import json
import logging
import socket
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from slack_sdk import WebClient
from slack_sdk.socket_mode.builtin import SocketModeClient

from app.slack.errors import SlackError

log = logging.getLogger(__name__)

SDK_LOG = logging.getLogger("app.slack.sdk.socket")
SDK_LOG.setLevel(logging.CRITICAL)  # it writes what comes in, and the URL with its ticket


class NotSent(Exception):
    """The connection an envelope came by is gone: Slack will not see this acknowledgement."""


class Envelope(NamedTuple):
    """What Slack sent. `kind`: slash_commands, interactive, events_api …; `retry`: above 0 if it came before.

    `send_ack(payload)` acknowledges it, at most three seconds after it came; raises NotSent.
    """

    kind: str
    id: str
    payload: Mapping[str, Any]
    takes_payload: bool
    retry: int
    send_ack: Callable[[Mapping[str, Any] | None], None]


class Hello(NamedTuple):
    """Slack's first words. `connections`: how many this app has now; `lifetime`: seconds until Slack ends this one."""

    connections: int
    lifetime: float | None


class Connection:
    """One WebSocket. `open` makes it; it delivers from threads of its own until `close`."""

    def __init__(
        self, web: WebClient, token: str, url: str, ping_seconds: float, take: Callable[[Envelope], None]
    ) -> None:
        self._take = take
        self._lock = threading.Lock()
        self._heard_at = self._looked_at = self._opened_at = time.monotonic()
        self._last_pong: float | None = None
        self._problem = ""
        self.hello: Hello | None = None
        """Slack's greeting; a connection is worth nothing before it."""
        self.leaving = ""
        """Slack's reason for wanting us to move to a new connection: warning, refresh_requested, link_disabled …"""
        self._client = _Client(
            token,
            logger=SDK_LOG,
            web_client=web,
            auto_reconnect_enabled=False,
            ping_interval=ping_seconds,
            concurrency=1,
            on_message_listeners=[self._hear],
            on_error_listeners=[self._note],
            on_close_listeners=[self._closed_by_slack],
        )
        self._client.proxy = _proxy_for(url)
        self._client.wss_uri = url
        self._client.connect()  # never raises: what went wrong comes to _note
        if not self._client.is_connected():
            why = self._problem or "the handshake was refused"
            self.close()
            raise SlackError(f"Slack's WebSocket cannot be opened ({why})", code="unreachable")
        session = self._client.current_session
        if session is not None and session.sock is not None:
            session.sock = _Ending(session.sock)  # type: ignore[assignment]  # all that is called of it

    @property
    def ended(self) -> str:
        """Why it is over; empty while it is open."""
        return "" if self._client.is_connected() else self._problem or "closed"

    def age(self) -> float:
        """Seconds since it was opened."""
        return time.monotonic() - self._opened_at

    def silence(self) -> float:
        """Seconds since the last sign of life: a message, or the answer to a ping."""
        session = self._client.current_session
        pong = session.last_ping_pong_time if session is not None else None
        with self._lock:
            now = time.monotonic()
            if pong is not None and pong != self._last_pong:
                self._last_pong = pong
                # On the wall clock, which may jump: it came since the last look, whatever that clock says.
                age = min(max(0.0, time.time() - pong), now - self._looked_at)
                self._heard_at = max(self._heard_at, now - age)
            self._looked_at = now
            return now - self._heard_at

    def close(self) -> None:
        """End it, with the threads behind it. May take seconds; a second call does nothing."""
        session = self._client.current_session
        if session is not None and isinstance(session.sock, _Ending):
            session.sock.end()  # slack_sdk would wait for its own read to time out
        if self._client.closed:
            return
        try:
            self._client.close()
        except (
            AttributeError
        ):  # slack_sdk's reader closed the socket in the same moment; the rest is still to do
            self._client.close()

    def _hear(self, raw: str) -> None:
        """One text frame, in the thread that reads: an exception here would lose the frames behind it."""
        with self._lock:
            self._heard_at = time.monotonic()
        try:
            message = json.loads(raw)
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, dict):
            log.info("a frame from Slack was no JSON object (%d characters)", len(raw))
            return
        match message.get("type"):
            case "hello":
                self.hello = _hello(message)
            case "disconnect":
                self.leaving = str(message.get("reason") or "no reason given")[:60]
            case _:
                self._deliver(message)

    def _deliver(self, message: Mapping[str, Any]) -> None:
        kind, envelope_id = message.get("type"), message.get("envelope_id")
        if not isinstance(kind, str) or not isinstance(envelope_id, str) or not envelope_id:
            log.info("a frame from Slack was no envelope")
            return
        payload, retry = message.get("payload"), message.get("retry_attempt")
        envelope = Envelope(
            kind=kind,
            id=envelope_id,
            payload=payload if isinstance(payload, dict) else {},
            takes_payload=message.get("accepts_response_payload") is True,
            retry=retry if isinstance(retry, int) else 0,
            send_ack=lambda answer: self._send_ack(envelope_id, answer),
        )
        try:
            self._take(envelope)
        except Exception:
            log.exception("an envelope could not be taken")

    def _send_ack(self, envelope_id: str, answer: Mapping[str, Any] | None) -> None:
        ack: dict[str, Any] = {"envelope_id": envelope_id}
        if answer is not None:
            ack["payload"] = answer
        try:
            self._client.send_message(json.dumps(ack))
        except Exception as error:  # slack_sdk's own, OSError, struct.error above 65,535 bytes
            raise NotSent(type(error).__name__) from error

    def _note(self, error: Exception) -> None:
        self._problem = getattr(error, "strerror", None) or type(error).__name__
        if not isinstance(error, OSError):
            # Bytes that make no sense: slack_sdk has thrown away what came with them, and may have lost the thread.
            self.leaving = self.leaving or "it sends what cannot be read"

    def _closed_by_slack(self, code: int, _reason: str | None = None) -> None:
        self._problem = f"closed by Slack, code {code}"


class _Client(SocketModeClient):
    """slack_sdk's client, without its habit of connecting anew inside the same object."""

    def connect_to_new_endpoint(self, force: bool = False) -> None:
        """Nothing: Connection.leaving tells, and its holder decides."""


class _Ending:
    """A socket whose end is an error: slack_sdk reads an ended one again and again, with a core at full load."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def recv(self, size: int) -> bytes:
        data = self._sock.recv(size)
        if not data:
            raise ConnectionResetError("closed by the other side")
        return data

    def send(self, data: bytes) -> int:
        self._sock.sendall(data)  # send() may write less, and half a frame makes all that follows unreadable
        return len(data)

    def end(self) -> None:
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)  # wakes a read

    def close(self) -> None:
        self._sock.close()


def _hello(message: Mapping[str, Any]) -> Hello:
    connections, about = message.get("num_connections"), message.get("debug_info")
    lifetime = about.get("approximate_connection_time") if isinstance(about, dict) else None
    return Hello(
        connections=connections if isinstance(connections, int) else 1,
        lifetime=float(lifetime) if isinstance(lifetime, int | float) and lifetime > 0 else None,
    )


def _proxy_for(url: str) -> str | None:
    """The environment's proxy for the WebSocket, if it is not exempt (slack_sdk knows no NO_PROXY)."""
    parts = urlsplit(url)
    if parts.scheme != "wss" or proxy_bypass(parts.hostname or ""):
        return None
    return getproxies().get("https")
