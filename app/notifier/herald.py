"""Sees what is news in the outbox, and puts one item more for each target that is to be told of it besides Slack.

A lane for each target, beside Slack's: while Slack is away every alert is told of, not only the one at the head.
Whether it still has to be told when its time comes is judged then (tell.py).
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from pydantic import ValidationError

from app.domain import event_started
from app.notifier.lanes import event_of
from app.notifier.messenger import Messenger, NotTold
from app.notifier.occasions import concerns
from app.notifier.told import Extent, Told
from app.shutdown import Shutdown
from app.store.events import EventRecord, EventStore
from app.store.files import DiskFull
from app.store.outbox import Item, Outbox

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0

RECENT_SECONDS = 600.0
"""An alert that Slack took in the instant before a crash is in the outbox no more; of such old ones the events on the
disk are asked at the next start."""


class Herald:
    """`hear` may be called by any thread and only notes; `step` writes; `start` does so until the shutdown.

    `look`: called when something was put. `now`: seconds since the epoch.
    """

    def __init__(
        self,
        outbox: Outbox,
        events: EventStore,
        messengers: Sequence[Messenger],
        told: Told,
        *,
        look: Callable[[], object] = lambda: None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._outbox, self._events, self._told = outbox, events, told
        self._messengers = list(messengers)
        self._look, self._now = look, now
        self._lock = threading.Lock()
        self._heard: set[str] = set()
        self._waiting: frozenset[str] = frozenset()
        self._queue: deque[Item] = deque()
        self._woken = threading.Event()
        self._problem = ""

    def hear(self, items: Iterable[Item]) -> None:
        """All that waits in the outbox now."""
        if not self._messengers:
            return
        items = list(items)
        with self._lock:
            new = [item for item in items if item.id not in self._heard and _may_be_news(item)]
            self._heard = {item.id for item in items}
            self._waiting = frozenset(id_ for item in items for id_ in (item.id, event_of(item)) if id_)
            self._queue.extend(new)
        if new:
            self._woken.set()

    def start(self, shutdown: Shutdown) -> None:
        """Tell in the background."""
        threading.Thread(target=self._run, args=(shutdown,), name="herald", daemon=True).start()

    def _run(self, shutdown: Shutdown) -> None:
        self.open()
        while self._messengers and not shutdown.requested:
            try:
                self.step()
            except Exception:  # whatever it is, the next look may go well
                log.exception("who is told besides Slack could not be told")
            self._woken.wait(LOOK_SECONDS)
            self._woken.clear()

    def open(self) -> None:
        """Leave out who cannot be told at all, and catch up on what a crash may have swallowed."""
        for messenger in list(self._messengers):
            try:
                log.info(
                    "NOTIFY[%d], %s: told %s", messenger.number, messenger.service(), messenger.target.when
                )
            except NotTold as error:
                log.error("NOTIFY[%d] is not told: %s; `pycam check` says more", messenger.number, error)
                self._messengers.remove(messenger)
        if self._told.is_new:
            return  # nothing was told before this: what is old is no news
        try:
            self._catch_up()
        except (DiskFull, OSError) as error:
            log.error("what happened just before this start is told only if it still waits: %s", error)

    def step(self) -> None:
        """Put items for all that was heard."""
        put = False
        while self._queue:
            try:
                put |= self._tell(self._queue[0])
            except (DiskFull, OSError) as error:
                if not self._problem:
                    log.error("who is told besides Slack waits for the disk: %s", error)
                self._problem = str(error)
                break
            self._queue.popleft()
            self._problem = ""
        if put:
            self._look()

    def _tell(self, item: Item) -> bool:
        """Whether anything was put. Raises DiskFull or OSError."""
        if item.kind == "post":
            return self._tell_of_trouble(item)
        event = self._events.get(event_of(item)) or _event_in(item)
        if event is None or (item.kind == "edit" and self._told.extent(event.id) != "quiet"):
            return False
        return self._tell_of(event, item.id if item.kind == "alert" else "")

    def _tell_of(self, event: EventRecord, alert: str = "") -> bool:
        """`alert`: the item in the outbox that tells Slack."""
        before = self._told.extent(event.id)
        extent: Extent = "quiet" if event.quietened else "all"
        if before in ("all", extent):
            return False
        chosen = [
            messenger
            for messenger in self._messengers
            if concerns(messenger.target, event.camera, event.started)
            # What is probably nothing wakes nobody who did not ask for everything.
            and not (extent == "quiet" and messenger.target.when != "always")
            and not (before == "quiet" and messenger.target.when == "always")
        ]
        for messenger in chosen:
            once = f"notify-{messenger.key}-{event.id}"
            self._put(messenger, {"event": event.model_dump(mode="json"), "alert": alert}, once)
        self._told.add(event.id, extent, self._waiting)
        return bool(chosen)

    def _tell_of_trouble(self, item: Item) -> bool:
        if self._told.extent(item.id) is not None:
            return False
        kind, _, name = str(item.payload.get("trouble")).partition(":")
        camera = name if kind == "camera" else ""
        chosen = [
            messenger
            for messenger in self._messengers
            # There is no button under a notice: nobody can acknowledge it.
            if messenger.target.when != "unacknowledged" and concerns(messenger.target, camera, item.created)
        ]
        for messenger in chosen:
            self._put(messenger, {"text": item.payload.get("text", ""), "notice": item.id}, None)
        self._told.add(item.id, "all", self._waiting)
        return bool(chosen)

    def _put(self, messenger: Messenger, payload: dict[str, object], once: str | None) -> None:
        target = messenger.target
        asked = {
            "to": messenger.key,
            "when": target.when,
            "delay_seconds": target.delay_seconds,
            "picture": target.picture,
        }
        lane = f"notify-{messenger.number}"
        self._outbox.put("notify", payload | asked, lane=lane, once=once, now=self._now())

    def _catch_up(self) -> None:
        after = self._now() - RECENT_SECONDS
        for day in self._events.days()[-2:]:
            for event_id in self._events.ids_of(day):
                if event_started(event_id) < after or event_id in self._waiting:
                    continue
                event = self._events.get(event_id)
                if event is not None and event.announced:
                    self._tell_of(event)


def _may_be_news(item: Item) -> bool:
    return item.kind in ("alert", "edit") or (item.kind == "post" and bool(item.payload.get("trouble")))


def _event_in(item: Item) -> EventRecord | None:
    """As it was when the alert was put; None for an edit, and for nonsense, which the courier sets aside."""
    try:
        return EventRecord.model_validate(item.payload.get("event"))
    except ValidationError:
        return None
