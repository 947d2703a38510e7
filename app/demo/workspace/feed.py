"""Server-sent events: an append-only list that each page reads at its own pace and re-joins where it left off."""

from __future__ import annotations

import json
import secrets
import threading
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from app.demo.workspace.model import Json

KEPT_EVENTS = 2_000
"""A page that missed more than this is told to load a snapshot again."""

HEARTBEAT_SECONDS = 15.0
"""A comment this often lets both ends notice a dead connection."""


class Event(NamedTuple):
    number: int
    kind: str
    data: Json
    visible_to: str | None


class Feed:
    """Numbers are only good within one feed: the id a page sends back also names the feed that gave it."""

    def __init__(self) -> None:
        self._events: deque[Event] = deque(maxlen=KEPT_EVENTS)
        self._count = 0
        self._name = secrets.token_hex(4)
        self._arrived = threading.Condition()
        self._closed = False

    def publish(self, kind: str, data: Json, *, visible_to: str | None = None) -> None:
        with self._arrived:
            self._count += 1
            self._events.append(Event(self._count, kind, data, visible_to))
            self._arrived.notify_all()

    def position(self) -> str:
        """The id after which a page that has just taken a snapshot wants to hear everything."""
        with self._arrived:
            return f"{self._name}-{self._count}"

    def close(self) -> None:
        """End every stream."""
        with self._arrived:
            self._closed = True
            self._arrived.notify_all()

    def stream(self, user: str, after: str) -> Iterator[str]:
        """The text/event-stream for `user`, from the id `after` on. Ends when the feed is closed."""
        # A page that loses the workspace (a restart of the demo) comes back after a second, not Chrome's three.
        yield "retry: 1000\n\n"
        number = self._known(after)
        if number is None:
            yield self._format("reset", self.position(), {})
            return
        while True:
            with self._arrived:
                if not self._closed and self._count <= number:
                    self._arrived.wait(HEARTBEAT_SECONDS)
                if self._closed:
                    return
                fresh = [event for event in self._events if event.number > number]
                number = self._count
            if not fresh:
                yield ": still here\n\n"
            for event in fresh:
                if event.visible_to in (None, user):
                    yield self._format(event.kind, f"{self._name}-{event.number}", event.data)

    def _known(self, position: str) -> int | None:
        name, _, number = position.partition("-")
        with self._arrived:
            if name != self._name or not number.isdecimal() or int(number) > self._count:
                return None
            oldest = self._events[0].number if self._events else self._count + 1
            return int(number) if int(number) >= oldest - 1 else None

    @staticmethod
    def _format(kind: str, position: str, data: Json) -> str:
        return f"id: {position}\nevent: {kind}\ndata: {json.dumps(data)}\n\n"
