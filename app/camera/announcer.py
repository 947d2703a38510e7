"""What must reach the outbox and the event store, whatever the disk does: kept in memory and tried again, in order."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.history.mirror import Mirror
from app.state.connection import Client, StateUnavailable
from app.state.wake import wake
from app.store.events import EventRecord, EventStore
from app.store.files import DiskFull
from app.store.outbox import Kind, Outbox

log = logging.getLogger(__name__)

MAX_KEPT = 500
"""Items and events held in memory while the disk takes nothing: hours of alerts at one each cooldown."""

_WAKE_AGAIN_SECONDS = (
    5.0  # without Redis the notifier looks by itself; do not wait for time-outs at every item
)


@dataclass(frozen=True, slots=True)
class Unsent:
    """One item the outbox has not taken yet."""

    kind: Kind
    payload: Mapping[str, Any]
    lane: str
    picture: bytes | None
    once: str | None
    created: float


class Announcer:
    """Puts into the outbox and saves events. Nothing here raises. Used by one thread."""

    def __init__(self, outbox: Outbox, events: EventStore, client: Client) -> None:
        self._outbox, self._events, self._client = outbox, events, client
        self._mirror = Mirror(events, client)
        self._unsent: deque[Unsent] = deque()
        self._unsaved: dict[str, EventRecord] = {}
        self._to_edit: set[str] = set()
        """Events whose message is to be written anew once they are saved: the notifier reads them from the disk."""
        self._once_saved: dict[str, Callable[[], None]] = {}
        self._wake_at = 0.0
        self.problem = ""
        """Why something waits in memory; empty if nothing does."""

    def put(
        self,
        kind: Kind,
        payload: Mapping[str, Any],
        *,
        lane: str,
        picture: bytes | None = None,
        once: str | None = None,
    ) -> None:
        """Into the outbox, behind what already waits in memory."""
        if len(self._unsent) >= MAX_KEPT:
            log.error("the disk has taken nothing for long: the oldest of %d messages is given up", MAX_KEPT)
            self._unsent.popleft()
        self._unsent.append(Unsent(kind, payload, lane, picture, once, time.time()))
        self._send()

    def save(self, event: EventRecord, *, edit: bool = False) -> None:
        """Into the event store; on a full disk the newest state of each event waits in memory. `edit`: then its
        message is written anew; sooner, it would say what was so before."""
        if edit:
            self._to_edit.add(event.id)
        self._unsaved.pop(event.id, None)
        if len(self._unsaved) >= MAX_KEPT:
            oldest = next(iter(self._unsaved))
            self._unsaved.pop(oldest)
            self._to_edit.discard(oldest)
            self._once_saved.pop(oldest, None)
        self._unsaved[event.id] = event
        self._save()

    def renew(self, event: EventRecord, saved: Callable[[], None], *, edit: bool = False) -> bool:
        """`save`, unless somebody has deleted the event: then it stays so. Whether it is there. `saved` is called once
        this state is on the disk."""
        if event.id not in self._unsaved and not self._events.has_record(event.id):
            return False
        self._once_saved[event.id] = saved
        self.save(event, edit=edit)
        return True

    def retry(self) -> None:
        """Try again what waits."""
        if self._unsent:
            self._send()
        if self._unsaved:
            self._save()

    @property
    def waiting(self) -> int:
        """What only memory holds."""
        return len(self._unsent) + len(self._unsaved)

    def _send(self) -> None:
        sent = False
        while self._unsent:
            item = self._unsent[0]
            try:
                self._outbox.put(
                    item.kind,
                    item.payload,
                    lane=item.lane,
                    picture=item.picture,
                    once=item.once,
                    now=item.created,
                )
            except (DiskFull, OSError) as error:
                self._fail(error)
                break
            self._unsent.popleft()
            sent = True
        if sent:
            self._wake()
        self._recover()

    def _save(self) -> None:
        for event in list(self._unsaved.values()):
            try:
                self._events.save(event)
            except (DiskFull, OSError) as error:
                self._fail(error)
                break
            del self._unsaved[event.id]
            self._mirror.refresh(event.id)
            if saved := self._once_saved.pop(event.id, None):
                saved()
            if event.id in self._to_edit:
                self._to_edit.discard(event.id)
                self.put("edit", {"event_id": event.id}, lane="alerts", once=f"edit-{event.id}")
        self._recover()

    def _fail(self, error: Exception) -> None:
        if not self.problem:
            log.error("the disk does not take what must be kept, it waits in memory: %s", error)
        self.problem = f"the disk takes nothing: {error}"

    def _recover(self) -> None:
        if self.problem and not self.waiting:
            log.info("the disk has taken all that waited in memory")
            self.problem = ""

    def _wake(self) -> None:
        if time.monotonic() < self._wake_at:
            return
        try:
            wake(self._client, "outbox")
        except StateUnavailable:
            self._wake_at = time.monotonic() + _WAKE_AGAIN_SECONDS
