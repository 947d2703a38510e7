"""TCP ends that misbehave: one that never answers, and a proxy that counts and loses answers."""

from __future__ import annotations

import socket
import threading
from types import TracebackType
from urllib.parse import urlsplit


def refused_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class _Listening:
    """Accepts in a thread; `connections` counts."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.connections = 0
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            self._serve(connection)

    def _serve(self, connection: socket.socket) -> None:
        """Nothing: whoever connected waits."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept()
        self._listener.close()
        self._thread.join(5)
        for connection in self._open:
            connection.close()


class Deaf(_Listening):
    """Takes every connection and never says a word."""

    def __enter__(self) -> Deaf:
        self._thread.start()
        return self


class CountingProxy(_Listening):
    """In front of a Redis; one thing sent and one answered is a round trip."""

    def __init__(self, url: str) -> None:
        super().__init__()
        target = urlsplit(url)
        self._target = (target.hostname or "127.0.0.1", target.port or 6379)
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.round_trips = 0
        self._lose_next = False

    def __enter__(self) -> CountingProxy:
        self._thread.start()
        return self

    def lose_next_answer(self) -> None:
        """The next request is carried out, but the connection breaks before its answer comes through."""
        self._lose_next = True

    def _serve(self, connection: socket.socket) -> None:
        upstream = socket.create_connection(self._target)
        self._open.append(upstream)
        asked = threading.Event()
        threading.Thread(target=self._forward, args=(connection, upstream, asked), daemon=True).start()
        threading.Thread(target=self._answer, args=(upstream, connection, asked), daemon=True).start()

    def _forward(self, client: socket.socket, server: socket.socket, asked: threading.Event) -> None:
        while data := _read(client):
            asked.set()
            server.sendall(data)

    def _answer(self, server: socket.socket, client: socket.socket, asked: threading.Event) -> None:
        while data := _read(server):
            if asked.is_set():  # the first of an answer: what was asked before it was one trip
                asked.clear()
                self.round_trips += 1
                if self._lose_next:
                    self._lose_next = False
                    client.shutdown(socket.SHUT_RDWR)
                    return
            client.sendall(data)


def _read(connection: socket.socket) -> bytes:
    try:
        return connection.recv(65536)
    except OSError:
        return b""
