"""Socket Mode: apps.connections.open, the WebSockets of the app, and an envelope for one of them at random."""

from __future__ import annotations

import contextlib
import json
import random
import secrets
import time
from collections.abc import Iterable
from typing import Any, Literal, get_args

from flask import Blueprint, Response, request

from app.demo.workspace.faults import hang_up
from app.demo.workspace.model import Json, Request
from app.demo.workspace.outgoing import ANSWER_SECONDS, Reply
from app.demo.workspace.state import State
from app.demo.workspace.web_socket import WebSocket

LIFETIME_SECONDS = 18_060
"""What Slack's hello says of a connection's life: about five hours."""

Order = Literal["twice", "redeliver", "by_the_leaving", "after_garbage", "no_hello", "refuse"]

TEXT, BINARY, UNDEFINED = 1, 2, 3

GARBAGE = (
    (BINARY, b"\x00\xff\xfe\x01"),
    (TEXT, b"{not json"),
    (TEXT, b"[]"),
    (UNDEFINED, b"?"),
    (TEXT, b'{"type":"greeting"}'),
    (TEXT, b'{"envelope_id":7,"payload":0}'),
    (TEXT, b'{"type":"slash_commands","envelope_id":"e1","payload":[1]}'),
)
"""Whole frames with nonsense in them: opcode and data, at most 125 bytes."""

UNREADABLE = ((TEXT, b"\xc3\x28"),)
"""Text that is not UTF-8: by RFC 6455 the end of a connection."""


class Sockets:
    """The app's connections.

    Orders for what comes next: "twice" (the next envelope is sent two times), "redeliver" (its connection is cut
    before the acknowledgement; the same envelope goes to the next connection), "by_the_leaving" (it goes to a
    connection that was told to disconnect), "after_garbage", "no_hello" and "refuse" (the next connection).
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._connections: list[WebSocket] = []
        self._opened = 0
        self._tickets: set[str] = set()
        self._waiting: dict[str, list[tuple[float, Any]]] = {}
        self._orders: list[Order] = []
        self.blueprint = Blueprint("sockets", __name__)
        self.blueprint.add_url_rule("/link/", "link", self._link, methods=["GET"], websocket=True)

    # --- what the app does

    def open(self) -> str:
        """The answer to apps.connections.open: a URL for one connection."""
        ticket = secrets.token_urlsafe(24)
        with self._state.changed:
            self._tickets.add(ticket)
        where = self._state.base_url.replace("http://", "ws://", 1)
        return f"{where}link/?ticket={ticket}&app_id={self._state.app_id}"

    def _link(self) -> Response:
        with self._state.changed:
            known = request.args.get("ticket", "") in self._tickets
            self._tickets.discard(request.args.get("ticket", ""))
            refused = not known or self._take_order("refuse")
            self._opened += 1
            link = WebSocket(self._opened, request.environ["werkzeug.socket"])
        if refused or not link.accept(request.full_path, list(request.headers.items())):
            return Response("forbidden", status=403, mimetype="text/plain")
        self._greet(link)
        link.serve(lambda text: self._acknowledged(link, text))
        with self._state.changed:
            self._connections.remove(link)
            self._state.changed.notify_all()
        with contextlib.suppress(OSError):
            hang_up()
        return Response()  # never delivered

    def _greet(self, link: WebSocket) -> None:
        with self._state.changed:
            self._connections.append(link)
            self._state.narrate(f"the app opened WebSocket {link.number}")
            if self._take_order("no_hello"):
                link.deaf = True
            else:
                link.greeted = link.say(
                    json.dumps(
                        {
                            "type": "hello",
                            "num_connections": len(self._connections),
                            "debug_info": {
                                "host": "applink-1",
                                "approximate_connection_time": LIFETIME_SECONDS,
                            },
                            "connection_info": {"app_id": self._state.app_id},
                        }
                    )
                )
            self._state.changed.notify_all()

    def _acknowledged(self, link: WebSocket, text: str) -> None:
        try:
            ack = json.loads(text)
            envelope_id = ack["envelope_id"]
        except (ValueError, TypeError, KeyError):
            self._record("ack", ok=False, error="not_an_acknowledgement", args={"text": text[:100]})
            return
        known = envelope_id in self._waiting
        if known:
            with self._state.changed:
                self._waiting[envelope_id].append((time.monotonic(), ack.get("payload")))
        self._record(
            "ack",
            ok=known,
            error=None if known else "unknown_envelope",
            args={"envelope_id": envelope_id, "payload": ack.get("payload"), "connection": link.number},
        )

    # --- what Slack does

    @property
    def connections(self) -> list[WebSocket]:
        """Those that are open now."""
        with self._state.changed:
            return list(self._connections)

    def deliver(self, kind: str, payload: Json, *, takes_payload: bool) -> Reply:
        """Send an envelope to one connection and wait for its acknowledgement, as long as Slack does."""
        started = time.monotonic()
        envelope_id = secrets.token_hex(16)
        envelope: Json = {
            "type": kind,
            "envelope_id": envelope_id,
            "payload": payload,
            "accepts_response_payload": takes_payload,
        }
        if kind == "events_api":
            envelope |= {"retry_attempt": 0, "retry_reason": ""}
        with self._state.changed:
            acks = self._waiting.setdefault(envelope_id, [])
            link = self._choose(leaving=self._take_order("by_the_leaving"))
            if link is None:
                return Reply(None, error="dispatch_failed")
            again = self._take_order("redeliver")
            if self._take_order("after_garbage"):
                _talk_nonsense(link, GARBAGE)
            for _ in range(2 if self._take_order("twice") else 1):
                link.say(json.dumps(envelope))
            if again:
                link.deaf = True  # whatever it answers is lost
        if again:
            link.cut()
            again = self._redeliver({**envelope, "retry_attempt": 1, "retry_reason": "timeout"}, link)
        with self._state.changed:
            self._state.changed.wait_for(lambda: acks, started + ANSWER_SECONDS - time.monotonic())
            if not acks:
                return Reply(None, error="operation_timeout", seconds=time.monotonic() - started)
            at, answer = acks[0]
        body = b"" if answer is None else json.dumps(answer).encode()
        return Reply(200, body, "application/json", seconds=at - started)

    def disconnect(self, reason: str = "warning") -> None:
        """Tell every connection to move to a new one. Slack hangs up about ten seconds later: `close()`."""
        with self._state.changed:
            for link in self._connections:
                link.leaving = True
                link.say(
                    json.dumps({"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-1"}})
                )

    def close(self) -> None:
        """Hang up properly."""
        for link in self.connections:
            link.close()

    def cut(self) -> None:
        """Break every connection off."""
        for link in self.connections:
            link.cut()

    def deafen(self) -> None:
        """Every connection stays as it is, and nothing passes through it any more."""
        for link in self.connections:
            link.deaf = True

    def garbage(self, *, readable: bool = True) -> None:
        """Frames no app should stumble over; those of which not `readable` cost the connection."""
        for link in self.connections:
            _talk_nonsense(link, GARBAGE if readable else UNREADABLE)

    def order(self, kind: Order) -> None:
        """Have the next envelope, or connection, go wrong. Raises ValueError on an unknown kind."""
        if kind not in get_args(Order):
            raise ValueError(f"unknown order {kind!r}: expected one of {', '.join(get_args(Order))}")
        with self._state.changed:
            self._orders.append(kind)

    def _redeliver(self, envelope: Json, lost: WebSocket) -> bool:
        def other() -> WebSocket | None:
            return self._choose(leaving=False, but=lost)

        with self._state.changed:
            link = self._state.changed.wait_for(other, ANSWER_SECONDS)
            return link is not None and link.say(json.dumps(envelope))

    def _choose(self, *, leaving: bool, but: WebSocket | None = None) -> WebSocket | None:
        ready = [link for link in self._connections if link.greeted and link is not but]
        best = [link for link in ready if link.leaving is leaving]
        return random.choice(best or ready) if ready else None  # noqa: S311 — as Slack does, no secret

    def _take_order(self, kind: Order) -> bool:
        if kind in self._orders:
            self._orders.remove(kind)
            return True
        return False

    def _record(self, method: str, *, ok: bool, error: str | None, args: Json) -> None:
        self._state.record(
            Request("in", method, self._state.clock(), status=None, ok=ok, error=error, args=args)
        )


def _talk_nonsense(link: WebSocket, frames: Iterable[tuple[int, bytes]]) -> None:
    for opcode, data in frames:
        link.say_raw(bytes([0x80 | opcode, len(data)]) + data)
