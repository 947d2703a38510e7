"""Bad weather on demand: what a test (or the demo) wants Slack to do wrong, and how often."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

from flask import Response, request

Kind = Literal["429", "500", "hang", "slow", "drop", "drop_after", "garbage"]

UNANSWERED = ("hang", "drop", "drop_after")

HTML = "<!DOCTYPE html><html><body><h1>Slack is down for maintenance</h1></body></html>"


@dataclass(slots=True)
class Fault:
    """One order. `times` None means until cleared."""

    method: str
    kind: Kind
    times: int | None
    seconds: float
    retry_after: int


class Faults:
    """Orders are served first in, first out; each request meets at most one.

    Kinds: "429" (with Retry-After), "500", "hang" (wait `seconds`, do nothing, close), "slow" (do the work, answer
    after `seconds`), "drop" (close the socket before doing anything), "drop_after" (do the work, then close: the
    caller cannot know), "garbage" (HTML with status 200). Methods: a Web API method, "upload", "response_url", "*".
    """

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        self._cleared = threading.Event()

    def add(
        self, method: str, kind: Kind, times: int | None = 1, *, seconds: float = 30.0, retry_after: int = 1
    ) -> None:
        """Raises ValueError on an unknown kind or a count below 1."""
        if kind not in get_args(Kind):
            raise ValueError(f"unknown fault {kind!r}: expected one of {', '.join(get_args(Kind))}")
        if times is not None and times < 1:
            raise ValueError(f"times must be at least 1, not {times}")
        with self._lock:
            self._faults.append(Fault(method, kind, times, seconds, retry_after))

    def clear(self) -> None:
        """Forget every order and let go of the requests that hang."""
        with self._lock:
            self._faults.clear()
            self._cleared.set()
            self._cleared = threading.Event()

    def take(self, method: str) -> Fault | None:
        with self._lock:
            for fault in self._faults:
                if fault.method in (method, "*"):
                    if fault.times is not None:
                        fault.times -= 1
                        if fault.times == 0:
                            self._faults.remove(fault)
                    return fault
        return None

    @staticmethod
    def perform(fault: Fault | None, work: Callable[[], Response]) -> Response:
        """The answer, and the work only where `fault` lets it happen."""
        match fault.kind if fault else None:
            case "429":
                return rate_limited(fault.retry_after if fault else 1)
            case "500":
                return Response("Internal Server Error", status=500, mimetype="text/plain")
            case "garbage":
                return Response(HTML, status=200, mimetype="text/html")
            case "hang" | "drop":
                return Response(status=500)  # never delivered
            case _:
                return work()

    def deliver(self, fault: Fault | None, answer: Response) -> Response:
        """`answer` as late, or as little, as `fault` says."""
        if fault is not None:
            if fault.kind in ("hang", "slow"):
                self._wait(fault.seconds)
            if fault.kind in UNANSWERED:
                hang_up()
        return answer

    def _wait(self, seconds: float) -> None:
        with self._lock:
            cleared = self._cleared
        cleared.wait(seconds)


def rate_limited(retry_after: int) -> Response:
    """429 as Slack sends it."""
    answer = Response('{"ok":false,"error":"ratelimited"}', status=429, mimetype="application/json")
    answer.headers["Retry-After"] = str(retry_after)
    return answer


def hang_up() -> None:
    """Close the caller's socket with nothing said; what is answered afterwards is written to nobody."""
    connection: socket.socket = request.environ["werkzeug.socket"]
    connection.shutdown(socket.SHUT_RDWR)


class RateLimit:
    """Slack's own: about one chat.postMessage a second for each channel. Off unless `enabled`."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.enabled = False
        self.seconds_per_message = 1.0
        self._now = now
        self._last: dict[str, float] = {}
        self._lock = threading.Lock()

    def admit(self, channel: str) -> bool:
        """Whether a message to `channel` is let in now; a refused one does not count."""
        with self._lock:
            now = self._now()
            last = self._last.get(channel)
            if self.enabled and last is not None and now - last < self.seconds_per_message:
                return False
            self._last[channel] = now
            return True
