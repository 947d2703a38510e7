"""The outbox as the notifier keeps it: what Slack has taken is remembered even while the disk takes nothing."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Set
from typing import Any

from app.notifier.lanes import is_posted
from app.store.files import DiskFull
from app.store.outbox import Item, Outbox

log = logging.getLogger(__name__)


class Ledger:
    """Items change here, in memory first. The disk is for the next start; a full or read-only one is logged.

    One item is worked on by one thread at a time; different items by any number.
    """

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._latest: dict[str, Item] = {}
        self._finished: set[str] = set()

    def pending(self) -> list[Item]:
        """Everything that waits, oldest first, as it is known by now. Raises OSError."""
        items = []
        for item in self._outbox.pending():
            if item.id in self._finished:
                self.done(item)
            else:
                items.append(self.latest(item))
        self._forget_all_but({item.id for item in items})
        return items

    def latest(self, item: Item) -> Item:
        """`item` with all that was kept of it since."""
        return self._latest.get(item.id, item)

    def picture(self, item: Item) -> bytes | None:
        """The item's picture, if it has one."""
        return self._outbox.picture(item)

    def holds(self, id_: str) -> bool:
        """Whether the item of that id was not sent: it waits, or was set aside."""
        return id_ not in self._finished and self._outbox.holds(id_)

    def is_posted(self, id_: str) -> bool:
        """Whether Slack is known to have the text of the alert of that id, by what was done since this start."""
        item = self._latest.get(id_)
        return item is not None and is_posted(item)

    def achieved(self, item: Item, progress: Mapping[str, Any]) -> Item:
        """Slack took a step of it: never to be repeated. What failed before is forgotten."""
        latest = self.latest(item)
        return self._keep(
            latest.model_copy(
                update={"progress": {**latest.progress, **progress}, "attempts": 0, "reason": ""}
            )
        )

    def failed(self, item: Item, reason: str) -> Item:
        """One more attempt that came to nothing."""
        latest = self.latest(item)
        return self._keep(latest.model_copy(update={"attempts": latest.attempts + 1, "reason": reason}))

    def done(self, item: Item) -> None:
        """All of it is with Slack."""
        first_try = item.id not in self._finished
        self._finished.add(item.id)
        try:
            self._outbox.done(item)
        except OSError as error:
            if first_try:
                log.error("what was sent cannot be removed from the outbox, will keep trying: %s", error)
            return
        self._finished.discard(item.id)
        self._latest.pop(item.id, None)

    def set_aside(self, item: Item, reason: str) -> None:
        """It can never be sent. Raises DiskFull or OSError; then it still waits."""
        self._outbox.set_aside(self.latest(item), reason)
        self._latest.pop(item.id, None)

    def _keep(self, item: Item) -> Item:
        self._latest[item.id] = item
        try:
            self._outbox.keep_progress(item)
        except (DiskFull, OSError) as error:
            log.error("the progress of %s is kept in memory only: %s", item.id, error)
        return item

    def _forget_all_but(self, ids: Set[str]) -> None:
        """An item that put(once=…) renewed, or that somebody removed by hand, is never finished here."""
        for id_ in list(self._latest):  # a copy: other threads add to it meanwhile
            if id_ not in ids:
                self._latest.pop(id_, None)
