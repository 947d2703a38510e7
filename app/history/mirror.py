"""The index in Redis, kept true to the folders on the disk; or not asked, where it may not be.

Whoever changes the disk calls `refresh`, and whoever reads notices where that did not happen: an index that is missing,
that Redis may have forgotten a part of, or that disagrees with the folders.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TypeVar

from app.domain import EVENT_ID
from app.history import disk
from app.state.connection import Client, StateUnavailable
from app.state.entries import Entry
from app.state.index import EventIndex, NotWhole
from app.store.events import EventStore

log = logging.getLogger(__name__)

STALE = ".index-stale"
"""In the folder of the events: something changed and the index could not be told."""

PAUSE_SECONDS = 5.0
"""Redis did not answer: so long nobody waits for its time-outs again."""

COMPARE_SECONDS = 600.0
"""All days are compared with the disk this often, the newest one whenever a list is opened."""

TRIES = 5
"""Of making one event's entry true while others write about it, too."""

T = TypeVar("T")


class Mirror:
    """The index of `events`. Used by any number of threads.

    `rebuilds`: this process may make the index anew in the background; one that is over at once leaves it to others.
    """

    def __init__(
        self,
        events: EventStore,
        client: Client,
        *,
        rebuilds: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._events, self._index = events, EventIndex(client)
        self._stale = events.root / STALE
        self._rebuilds, self._monotonic = rebuilds, monotonic
        self._pause_until = self._compare_at = float("-inf")
        self._rebuilding = threading.Lock()

    def refresh(self, event_id: str) -> None:
        """Make the index say of that event what the disk says. Never raises: called whenever the disk has changed."""
        if not EVENT_ID.fullmatch(event_id):
            return
        try:
            if self._may_ask():
                self._refresh(event_id)
                return
        except StateUnavailable as error:
            self._pause(error)
        except OSError as error:
            log.error("the index of events could not be told of %s: %s", event_id, error)
        self._mark_stale()

    def ask(self, question: Callable[[EventIndex], T], *, compare: bool) -> T | None:
        """The index's answer; None if the disk has to be asked. `compare`: look first for what the index was not told.
        Raises OSError."""
        if not self._may_ask():
            return None
        try:
            if compare:
                self._compare()
            return question(self._index)
        except StateUnavailable as error:
            self._pause(error)
        except NotWhole:
            if self._rebuilds and self._rebuilding.acquire(blocking=False):
                threading.Thread(target=self._rebuild_quietly, name="reindex", daemon=True).start()
        return None

    def rebuild(self) -> int | None:
        """Make the index anew; how many events it has now. None if somebody else is at it. Raises StateUnavailable or
        OSError."""
        was_stale = self._stale.exists()
        self._stale.unlink(missing_ok=True)  # first: what changes from now on is read again
        count: int | None = None
        try:
            count = self._index.rebuild(disk.everything(self._events), self._read)
        finally:
            if (
                was_stale and count is None
            ):  # Redis is away, or whoever is at it may have read before the change
                self._mark_stale()
        return count

    def _mark_stale(self) -> None:
        with suppress(OSError):  # a full disk; then comparing days finds the most of it
            self._stale.touch(mode=0o600)

    def _compare(self) -> None:
        """Find what the index was not told. Raises StateUnavailable, NotWhole or OSError."""
        if self._stale.exists() or not self._index.is_whole():
            raise NotWhole("the index may have forgotten something")
        days = self._events.days()
        if self._monotonic() < self._compare_at:
            self._compare_days(days[-1:])
            return
        self._compare_at = self._monotonic() + COMPARE_SECONDS
        if self._compare_days(days) != self._index.size():
            for day in self._index.days() - set(days):
                for event_id in self._index.ids_of_day(day):
                    self._refresh(event_id)

    def _compare_days(self, days: Sequence[str]) -> int:
        """How many folders they have on the disk."""
        total = 0
        for day, count in zip(days, self._index.on_days(days), strict=True):
            there = self._events.ids_of(day)
            total += len(there)
            if len(there) != count:
                for event_id in set(there) ^ self._index.ids_of_day(day):
                    self._refresh(event_id)
        return total

    def _refresh(self, event_id: str) -> None:
        """Whoever wrote last reads last, and so all that write at once leave the truth behind them."""
        told: object = self
        there = self._read(event_id)
        for _ in range(TRIES):
            if told == there:
                return
            match there:
                case Entry():
                    self._index.put(there)
                case str():
                    self._index.put_hollow(event_id)
                case None:
                    self._index.remove(event_id)
            told, there = there, self._read(event_id)

    def _read(self, event_id: str) -> Entry | str | None:
        """What `disk.everything` says of it; None if it has no folder."""
        entry = disk.entry_of(self._events, event_id)
        if entry is not None:
            return entry
        return event_id if self._events.has_folder(event_id) else None

    def _rebuild_quietly(self) -> None:
        try:
            count = self.rebuild()
            if count is not None:
                log.info("made the index of %d events anew", count)
        except (StateUnavailable, OSError) as error:
            log.warning("the index of events cannot be made, lists come from the disk: %s", error)
        finally:
            self._rebuilding.release()

    def _may_ask(self) -> bool:
        return self._monotonic() >= self._pause_until

    def _pause(self, error: StateUnavailable) -> None:
        log.warning("lists of events come from the disk for now: %s", error)
        self._pause_until = self._monotonic() + PAUSE_SECONDS
