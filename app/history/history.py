"""The history: what happened, for everybody who shows it or changes what is said about it.

The disk is the truth. The index in Redis makes lists fast; without it, and while it is being made, lists come from the
disk.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import date, tzinfo
from pathlib import Path
from typing import NamedTuple

from app.domain import EVENT_ID, event_started
from app.history import disk
from app.history.days import day_of, span_of
from app.history.mirror import Mirror
from app.state.connection import Client
from app.state.entries import Filters, Page
from app.state.index import EventIndex
from app.store.events import EventRecord, EventStore, KeepRecord, MessageRecord, TagRecord, is_running
from app.store.files import DiskFull
from app.store.samples import SampleStore

log = logging.getLogger(__name__)

MAX_LIMIT = 500
"""Events of one page."""


class StillRunning(Exception):
    """The event is not over: its camera would write it again."""


class Kept(Exception):
    """The event is kept for good: it has to be let go first."""


class Told(NamedTuple):
    """All that is known of one event."""

    event: EventRecord
    tag: TagRecord | None
    kept: KeepRecord | None
    is_kept: bool
    """Also where nobody can read who wanted it."""
    message: MessageRecord | None
    picture: Path | None
    clip: Path | None


class DayCount(NamedTuple):
    """A day of this house and how many events began in it."""

    day: date
    events: int


class History:
    """What is in `events`, and in `samples` where there are any. Used by any number of threads.

    `tag_samples`: a tag goes beside its sample, too; without training nobody would ever take it from there.
    `rebuilds`: this process may make the index anew in the background; one that is over at once leaves it to others.
    """

    def __init__(
        self,
        events: EventStore,
        client: Client,
        *,
        samples: SampleStore | None = None,
        tag_samples: bool = True,
        rebuilds: bool = False,
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.events = events
        self.mirror = Mirror(events, client, rebuilds=rebuilds, monotonic=monotonic)
        self._samples, self._tag_samples, self._now = samples, tag_samples, now

    # Looking

    def page(self, filters: Filters, before: str | None = None, limit: int = 50) -> Page:
        """The newest events that match (MAX_LIMIT at most), of those with an id below `before` (a page's `next`).
        Raises OSError, or ValueError for a cursor that is none."""
        if before is not None and not EVENT_ID.fullmatch(before):
            raise ValueError("not a cursor of a list of events")
        limit = min(max(limit, 1), MAX_LIMIT)
        found = self.mirror.ask(lambda index: index.page(filters, before, limit), compare=before is None)
        return found or disk.page(self.events, filters, before, limit)

    def days(self, filters: Filters, limit: int = 31, zone: tzinfo | None = None) -> list[DayCount]:
        """The newest `limit` days that have events that match, newest first. `zone`: None is this machine's. Raises
        OSError."""
        found = self.mirror.ask(lambda index: _days_in(index, filters, limit, zone), compare=True)
        return _days_on_disk(self.events, filters, limit, zone) if found is None else found

    def get(self, event_id: str) -> Told | None:
        """All that is known of one event; None if there is none (or the id is not one)."""
        event = self.events.get(event_id)
        if event is None:
            return None
        return Told(
            event,
            self.events.tag_of(event_id),
            self.events.kept(event_id),
            self.events.is_kept(event_id),
            self.events.message_of(event_id),
            self.events.file(event_id, "alert.jpg"),
            self.events.file(event_id, "clip.mp4"),
        )

    # Changing

    def tag(self, event_id: str, tag: TagRecord) -> bool:
        """Store what a person said, beside its sample, too. False if there is no such event. Raises DiskFull or
        OSError."""
        if not self.events.tag(event_id, tag):
            return False
        if self._samples is not None and self._tag_samples:
            try:
                self._samples.tag(event_id, tag)
            except (DiskFull, OSError) as error:  # the event's own tag is what counts, and that is kept
                log.error("the tag of %s could not be put beside its sample: %s", event_id, error)
        self.mirror.refresh(event_id)
        return True

    def keep(self, event_id: str, keep: KeepRecord | None) -> bool:
        """Keep it for good, or (None) no longer. False if there is none. Raises DiskFull or OSError."""
        found = self.events.keep(event_id, keep)
        if found:
            self.mirror.refresh(event_id)
        return found

    def delete(self, event_id: str) -> bool:
        """Remove it from the disk, and the sample it was judged by: that has pictures of the same visit. False if
        there is none. Raises StillRunning, Kept or OSError."""
        event = self.events.get(event_id)
        if event is None:
            return False
        if is_running(event, self._now()):
            raise StillRunning(f"{event_id} is still going on")
        if self.events.is_kept(event_id):
            raise Kept(f"{event_id} is kept for good")
        if self._samples is not None:
            self._samples.remove(
                event_id
            )  # first: whoever is told that this failed can delete the event again
        self.events.remove(event_id)
        self.mirror.refresh(event_id)
        return True


def _days_in(index: EventIndex, filters: Filters, limit: int, zone: tzinfo | None) -> list[DayCount]:
    """From one day with events to the next: a clock may have been years off, so not through the calendar."""
    found: list[DayCount] = []
    left = filters
    while len(found) < limit and (newest := index.page(left, limit=1).entries):
        day = day_of(event_started(newest[0].id), zone)
        since, until = span_of(day, zone)
        until = until if left.until is None else min(until, left.until)
        first = since if left.since is None else max(since, left.since)
        found.append(DayCount(day, index.count(left.model_copy(update={"since": first, "until": until}))))
        left = left.model_copy(update={"until": since})
    return found


def _days_on_disk(events: EventStore, filters: Filters, limit: int, zone: tzinfo | None) -> list[DayCount]:
    counts: dict[date, int] = {}
    for entry in disk.matching(events, filters):
        day = day_of(event_started(entry.id), zone)
        if day not in counts and len(counts) == limit:
            break
        counts[day] = counts.get(day, 0) + 1
    return [DayCount(day, count) for day, count in counts.items()]
