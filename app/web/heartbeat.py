"""The web process says that it lives, from a thread of its own: requests may be hours apart.

What it says is true: before each beat it asks the worker as anybody would. A worker whose threads all hang gives
no answer, falls silent, and is started again by systemd's watchdog.
"""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Sequence

from app.shutdown import Shutdown
from app.state.connection import Client
from app.state.facts import HEARTBEAT_SECONDS
from app.state.heartbeat import Pulse

log = logging.getLogger(__name__)

ANSWER_SECONDS = 5.0
"""/health touches nothing: slower than this, and Slack's 3 s were missed as well."""

_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 — these are left, not bound to
"""A server bound to every address is asked on this machine's own."""


class Heart:
    """Beats until `stop`. `listeners`: the sockets the worker accepts on."""

    def __init__(self, client: Client, listeners: Sequence[socket.socket], process: str = "web") -> None:
        self._addresses = [listener.getsockname() for listener in listeners]
        published = next(filter(None, map(url_of, self._addresses)), "")
        self._process = process
        self._pulse, self._shutdown = Pulse(client, process, address=published), Shutdown()
        self._thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, *, as_asked: bool) -> None:
        """End, with a goodbye if that was asked for."""
        self._shutdown.request()
        if as_asked:
            self._pulse.goodbye()

    def _run(self) -> None:
        silent = False
        while not self._shutdown.requested:
            answers = all(answers_at(address) for address in self._addresses)
            if answers:
                self._pulse.beat(at_once=True)
            elif not silent and not self._shutdown.requested:
                log.error("%s does not answer itself; the heartbeat stops", self._process)
            silent = not answers
            self._shutdown.wait(HEARTBEAT_SECONDS)


def url_of(address: tuple[str, int] | tuple[str, int, int, int] | str) -> str:
    """Where somebody on this machine asks, such as http://[::1]:8080; empty for a Unix socket."""
    if isinstance(address, str):
        return ""
    host = _ANYWHERE.get(address[0], address[0])
    return f"http://[{host}]:{address[1]}" if ":" in host else f"http://{host}:{address[1]}"


def answers_at(address: tuple[str, int] | tuple[str, int, int, int] | str) -> bool:
    """Whether GET /health is answered with 200 there: a (host, port) or the path of a Unix socket."""
    try:
        with _connected(address) as asking:
            asking.sendall(b"GET /health HTTP/1.0\r\n\r\n")
            return b" 200 " in asking.recv(64).split(b"\r\n")[0]
    except OSError:
        return False


def _connected(address: tuple[str, int] | tuple[str, int, int, int] | str) -> socket.socket:
    if isinstance(address, tuple):
        return socket.create_connection((_ANYWHERE.get(address[0], address[0]), address[1]), ANSWER_SECONDS)
    asking = socket.socket(socket.AF_UNIX)
    asking.settimeout(ANSWER_SECONDS)
    try:
        asking.connect(address)
    except OSError:
        asking.close()
        raise
    return asking
