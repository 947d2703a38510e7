"""The index of events: a copy of what the disk has, so that a page of 50,000 events takes milliseconds.

Nothing is lost with it: the disk is the truth, and `rebuild` makes it anew. Ids sort by time (to the second, then by
camera and chance), so each set is in the order of a list, and a cursor is simply the last id that was shown: what
comes or goes meanwhile moves no page.

    pycam:events          id -> Entry, packed
    pycam:events:by:FACET ids, all scores 0 and therefore in order: all; label:dog, tag:occupied, kept, for what is true
                          of few; and hollow: folders without a record that can be read, counted but never listed

A page walks the smallest of the sets that its filters name, and looks at each entry for the rest. There is no set for
what is true of many: a walk soon meets it, and Redis keeps wishes beside this, in 64 MB (deploy/redis).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import redis

from app.state import index_writing
from app.state.connection import translated
from app.state.entries import Entry, Filters, Page, stamp, unpacked
from app.state.index_writing import ALL, HOLLOW
from app.state.keys import EVENTS, EVENTS_BY, EVENTS_WHOLE

CHUNK, MAX_CHUNK = 64, 1024
"""Entries read at once while looking for those that match; doubled each time."""


class NotWhole(Exception):
    """The index was never made, has gone with Redis's memory, or is being made: ask the disk."""


class EventIndex:
    """The index in Redis. All methods raise StateUnavailable."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def put(self, entry: Entry) -> None:
        """Add or renew one event."""
        with translated():
            index_writing.put(self._client, entry)

    def put_hollow(self, event_id: str) -> None:
        """There is a folder of that id, but nothing to show."""
        with translated():
            index_writing.remove(self._client, event_id, hollow=True)

    def remove(self, event_id: str) -> None:
        """It is gone from the disk."""
        with translated():
            index_writing.remove(self._client, event_id)

    def page(self, filters: Filters, before: str | None = None, limit: int = 50) -> Page:
        """The newest `limit` events that match, of those with an id below `before`. Raises NotWhole."""
        found = list(islice(self._walk(filters, before, limit + 1), limit + 1))
        return Page(found[:limit], found[limit - 1].id if len(found) > limit else None)

    def count(self, filters: Filters) -> int:
        """How many match. Raises NotWhole."""
        if filters.beyond_facets():
            return sum(1 for _ in self._walk(filters, None, MAX_CHUNK))
        [facet] = filters.facets() or [ALL]
        [count] = self._counts([facet], _low(filters), _high(filters, None))
        return count

    def on_days(self, days: Sequence[str]) -> list[int]:
        """How many folders of each day (YYYY-MM-DD, UTC) are known."""
        with translated():
            pipe = self._client.pipeline(transaction=False)
            for day in days:
                for facet in (ALL, HOLLOW):
                    pipe.zlexcount(EVENTS_BY + facet, *_of_day(day))
            counts = pipe.execute()
        return [listed + hollow for listed, hollow in zip(counts[::2], counts[1::2], strict=True)]

    def size(self) -> int:
        """How many folders are known."""
        with translated():
            known: list[Any] = [self._client.zcard(EVENTS_BY + facet) for facet in (ALL, HOLLOW)]
        return sum(known)

    def days(self) -> set[str]:
        """The days (YYYY-MM-DD, UTC) of all folders that are known: one round trip a day."""
        found: set[str] = set()
        with translated():
            for facet in (ALL, HOLLOW):
                high = "+"
                while ids := self._newest(facet, high):
                    day = ids[0][:8]
                    found.add(f"{day[:4]}-{day[4:6]}-{day[6:]}")
                    high = f"({day}"
        return found

    def ids_of_day(self, day: str) -> set[str]:
        """The folders of a day that are known."""
        with translated():
            known: list[Any] = [
                self._client.zrangebylex(EVENTS_BY + facet, *_of_day(day)) for facet in (ALL, HOLLOW)
            ]
        return {event_id for ids in known for event_id in ids}

    def is_whole(self) -> bool:
        """Whether it was made, by this version and in the life of this Redis: one that came back from a snapshot may
        have forgotten what happened since."""
        with translated():
            return bool(self._client.get(EVENTS_WHOLE) == index_writing.mark(self._client))

    def rebuild(
        self, entries: Iterable[Entry | str], again: Callable[[str], Entry | str | None]
    ) -> int | None:
        """Make it anew from `entries` (an id alone: a hollow folder); how many. None if somebody else is at it.

        `again` reads one event once more (None: gone): those that were written meanwhile, for which `entries` may
        be too old.
        """
        with translated():
            return index_writing.rebuild(self._client, entries, again)

    def _walk(self, filters: Filters, before: str | None, wanted: int) -> Iterator[Entry]:
        """What matches, newest first."""
        for ids in self._candidates(filters, before, wanted):
            ours = [event_id for event_id in ids if filters.match_camera(event_id)]
            with translated():
                texts: Any = self._client.hmget(EVENTS, ours) if ours else []
                if None in texts and not self._client.exists(EVENTS_WHOLE):
                    raise NotWhole("the index went while it was read")
            entries = map(unpacked, ours, texts)
            yield from (entry for entry in entries if entry is not None and filters.match(entry))

    def _candidates(self, filters: Filters, before: str | None, wanted: int) -> Iterator[list[str]]:
        """Ids of all that may match, newest first, in pieces."""
        low, high = _low(filters), _high(filters, before)
        facets = filters.facets() or [ALL]
        key = EVENTS_BY + facets[0]
        if len(facets) > 1:
            _, key = min(
                zip(self._counts(facets, low, high), (EVENTS_BY + one for one in facets), strict=True)
            )
        chunk = max(CHUNK, wanted) if filters.beyond_facets() else wanted
        while True:
            with translated():
                pipe = self._client.pipeline(transaction=True)
                pipe.zrevrangebylex(key, high, low, start=0, num=chunk)
                pipe.exists(EVENTS_WHOLE)
                ids, whole = pipe.execute()
            if not whole:
                raise NotWhole("the index was not made yet")
            yield ids
            if len(ids) < chunk:
                return
            high, chunk = f"({ids[-1]}", min(2 * chunk, MAX_CHUNK)

    def _newest(self, facet: str, high: str) -> list[str]:
        found: Any = self._client.zrevrangebylex(EVENTS_BY + facet, high, "-", start=0, num=1)
        return list(found)

    def _counts(self, facets: Sequence[str], low: str, high: str) -> list[int]:
        with translated():
            pipe = self._client.pipeline(transaction=False)
            pipe.exists(EVENTS_WHOLE)
            for facet in facets:
                pipe.zlexcount(EVENTS_BY + facet, low, high)
            whole, *counts = pipe.execute()
        if not whole:
            raise NotWhole("the index was not made yet")
        return counts


def _low(filters: Filters) -> str:
    return "-" if filters.since is None else f"[{stamp(filters.since)}"


def _high(filters: Filters, before: str | None) -> str:
    limits = [
        limit for limit in (before, filters.until if filters.until is None else stamp(filters.until)) if limit
    ]
    return f"({min(limits)}" if limits else "+"


def _of_day(day: str) -> tuple[str, str]:
    digits = day.replace("-", "")
    return f"[{digits}T", f"({digits}U"
