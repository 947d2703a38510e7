"""One WebSocket of Socket Mode, from Slack's side, over the socket of an HTTP request; it can misbehave."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
from collections.abc import Callable, Iterable

from websockets.datastructures import Headers
from websockets.exceptions import InvalidState
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

_LOG = logging.getLogger("app.demo.websockets")
_LOG.setLevel(logging.WARNING)  # at INFO it tells of every connection, at DEBUG of every frame


class WebSocket:
    """`serve` reads until the end; everything else may be called from any thread.

    `greeted`: the app was told hello. `leaving`: it was told to move to another connection. `deaf`: nothing it
    sends is read any more, pings included, and nothing is said to it; the TCP connection stays as it is.
    """

    def __init__(self, number: int, sock: socket.socket) -> None:
        self.number = number
        self.greeted = self.leaving = self.deaf = False
        self._sock = sock
        self._protocol = ServerProtocol(logger=_LOG)
        self._lock = threading.Lock()
        self._over = False

    def accept(self, path: str, headers: Iterable[tuple[str, str]]) -> bool:
        """Answer the handshake; whether it was one."""
        with self._lock:
            self._protocol.receive_data(Request(path, Headers(list(headers))).serialize())
            for event in self._protocol.events_received():
                if isinstance(event, Request):
                    self._protocol.send_response(self._protocol.accept(event))
            self._flush()
            return self.is_open

    def serve(self, on_text: Callable[[str], None]) -> None:
        """Read frames until either side ends it."""
        with contextlib.suppress(OSError):
            while data := self._sock.recv(4096):
                if self.deaf:
                    continue
                for text in self._received(data):
                    on_text(text)
                if not self.is_open:
                    break
        self.cut()

    @property
    def is_open(self) -> bool:
        return self._protocol.state is State.OPEN

    def say(self, text: str) -> bool:
        """One text frame; whether it could be sent. A deaf one swallows it."""
        if self.deaf:
            return True
        with self._lock, contextlib.suppress(OSError, InvalidState):
            self._protocol.send_text(text.encode())
            self._flush()
            return True
        return False

    def say_raw(self, data: bytes) -> None:
        """Bytes as they are, well-formed or not."""
        with self._lock, contextlib.suppress(OSError):
            self._sock.sendall(data)

    def close(self, code: int = 1000) -> None:
        """A close frame, as Slack sends it before it hangs up."""
        with self._lock, contextlib.suppress(OSError, InvalidState):
            self._protocol.send_close(code)
            self._flush()

    def cut(self) -> None:
        """End the TCP connection without a word."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        with self._lock:
            if not self._over:
                self._over = True
                self._protocol.receive_eof()

    def _received(self, data: bytes) -> list[str]:
        with self._lock:
            self._protocol.receive_data(data)
            frames = self._protocol.events_received()
            self._flush()
        return [
            bytes(frame.data).decode(errors="replace")
            for frame in frames
            if isinstance(frame, Frame) and frame.opcode is Opcode.TEXT
        ]

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self._sock.sendall(data)
