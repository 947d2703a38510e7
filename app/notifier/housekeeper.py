"""What is on the disk for too long, or for too much: a thread of the notifier removes it.

The notifier and no other, because there is one of it for a disk (it holds the outbox's lock), however many cameras
write there, and because it knows which events Slack does not have yet.

- events older than keep_days; people are told when the first ones go, and again if keep_days was changed
- below min_free_mb: the oldest events, until that much is free again; people are told once
- of what could never be sent, all but the newest KEPT_ASIDE

Never an event that is still running, nor one with something waiting in the outbox, nor one that somebody wants kept;
if only such are left and the disk is still nearly full, people are told that, too. Samples are not touched: they
have a bound of their own.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from app.domain import event_started
from app.notifier.lanes import ALERTS, event_of
from app.notifier.wall_clock import WallClock
from app.settings.schema import StorageSettings
from app.shutdown import Shutdown
from app.slack import storage_messages
from app.store.events import RUNNING_SECONDS, EventStore, is_running
from app.store.files import DiskFull, free_mb, make_folder, write_whole
from app.store.outbox import Outbox

log = logging.getLogger(__name__)

LOOK_SECONDS = 10.0
"""Four cameras whose own packets are kept, at 16 Mbit/s each, write 80 MB meanwhile: min_free_mb is not used up. A look
costs one question to the file system."""

KEPT_ASIDE = 200
"""Some 20 MB with pictures; whoever mends the cause looks at the newest."""

STEADY_SECONDS = 3600.0
"""So long the clock must have gone steadily before anything counts as old: a Pi has none of its own that runs while
it is off, and one wrong time from somewhere must not remove all there is."""

DAY_SECONDS = 86_400.0

WELL_SECONDS = DAY_SECONDS
"""A full disk hovers at its bound: each new event makes an old one go, and then there is room until the next. Only
after so long with room is it news when there is none."""


class Housekeeper:
    """`step` looks once; `start` does so until the shutdown. `kept`: the file that remembers that people were told of
    keep_days. `removed` hears of each event that went; `free` gives the MB left on the disk of a folder."""

    def __init__(
        self,
        events: EventStore,
        outbox: Outbox,
        storage: StorageSettings,
        kept: Path,
        *,
        removed: Callable[[str], None],
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        free: Callable[[Path], float] = free_mb,
    ) -> None:
        self._events, self._outbox, self._storage, self._kept = events, outbox, storage, kept
        self._removed, self._monotonic, self._wall, self._free = removed, monotonic, wall, free
        self._clock = WallClock(monotonic, wall)
        self._expire_at = monotonic() + STEADY_SECONDS
        self._told = False
        self._short_at = -WELL_SECONDS
        self._told_of_days = self._read()

    def start(self, shutdown: Shutdown) -> None:
        """Look in the background."""
        threading.Thread(target=self._run, args=(shutdown,), name="housekeeper", daemon=True).start()

    def _run(self, shutdown: Shutdown) -> None:
        while not shutdown.wait(LOOK_SECONDS):
            try:
                self.step()
            except Exception:  # whatever it is, the next look may go well
                log.exception("what is old cannot be removed")

    def step(self) -> None:
        """Look once. Raises OSError."""
        self._mind_clock()
        self._make_room()
        if self._monotonic() >= self._expire_at:
            self._expire_at = self._monotonic() + STEADY_SECONDS
            self._expire()
            if gone := self._outbox.trim_set_aside(KEPT_ASIDE):
                log.info("removed the %d oldest items that were set aside", gone)

    def _mind_clock(self) -> None:
        if jump := self._clock.jump():
            log.info("the clock was set by %.0f s: nothing counts as old for a while", jump)
            self._expire_at = self._monotonic() + STEADY_SECONDS

    def _expire(self) -> None:
        if not self._storage.keep_days:
            return
        before = self._wall() - self._storage.keep_days * DAY_SECONDS
        gone = 0
        for event_id, started in self._removable():
            if started >= before:
                break
            gone += self._remove(event_id) is not None
        if gone:
            log.info("removed %d events older than %d days", gone, self._storage.keep_days)
            self._tell_of_days(gone)

    def _make_room(self) -> None:
        free, least = self._free(self._storage.data), self._storage.min_free_mb
        if free >= least:
            if self._monotonic() - self._short_at >= WELL_SECONDS:
                self._told = False
            return
        self._short_at = self._monotonic()
        gone, room = 0, free
        for event_id, _ in self._removable():
            # Some file systems count the room only later (btrfs): that must not cost every event there is.
            if room >= least or self._free(self._storage.data) >= least:
                break
            size = self._remove(event_id)
            if size is not None:
                gone, room = gone + 1, room + size / 1e6
        kept = 0
        if self._told:
            return
        if gone:
            log.warning("only %.0f MB free, below min_free_mb: removed the %d oldest events", free, gone)
            self._tell(storage_messages.events_removed(gone, free, least), "disk-full")
        elif kept := sum(map(self._events.is_kept, self._events.all_ids())):
            log.warning(
                "only %.0f MB free, below min_free_mb, and what is left is kept (%d events)", free, kept
            )
            self._tell(storage_messages.only_kept_left(kept, free, least), "disk-full")
        self._told = bool(gone or kept)

    def _removable(self) -> Iterator[tuple[str, float]]:
        """Id and start, oldest first."""
        waiting = {event_of(item) for item in self._outbox.pending()}
        for event_id in self._events.all_ids():
            try:
                started = event_started(event_id)
            except ValueError:  # a folder that somebody named like one, on a day there never was
                continue
            if event_id not in waiting and not self._is_running(event_id, started):
                yield event_id, started

    def _is_running(self, event_id: str, started: float) -> bool:
        if abs(self._wall() - started) > RUNNING_SECONDS:
            return False
        event = self._events.get(event_id)
        return event is not None and is_running(event, self._wall())

    def _remove(self, event_id: str) -> int | None:
        """The bytes it had; None if it is still there."""
        if self._events.is_kept(event_id):
            return None
        try:
            size = self._events.remove(event_id)
        except OSError as error:
            log.error("the event %s cannot be removed: %s", event_id, error)
            return None
        self._removed(event_id)
        return size

    def _tell_of_days(self, gone: int) -> None:
        days = self._storage.keep_days
        if self._told_of_days == str(days):
            return
        self._told_of_days = str(days)
        self._tell(storage_messages.events_expired(gone, days), "keep-days")
        try:
            make_folder(self._kept.parent)
            write_whole(self._kept, self._told_of_days.encode())
        except (DiskFull, OSError) as error:
            log.warning("that people know of keep_days is kept in memory only: %s", error)

    def _read(self) -> str:
        """The keep_days that people know of; empty: of none."""
        try:
            return self._kept.read_text("utf-8", "replace")
        except OSError:
            return ""

    def _tell(self, text: str, once: str) -> None:
        try:
            self._outbox.put("post", {"channel": None, "text": text}, lane=ALERTS, once=once)
        except (DiskFull, OSError) as error:
            log.error("a notice cannot be queued: %s", error)
