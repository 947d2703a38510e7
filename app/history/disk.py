"""Lists of events read from the disk alone: slower than the index, and always right."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from app.state.entries import Entry, Filters, Page, camera_of, stamp
from app.store.events import EventStore


def entry_of(events: EventStore, event_id: str) -> Entry | None:
    """What a list shows of one event; None without a record that can be read."""
    event = events.get(event_id)
    if event is None or not _is_a_time(event_id[:15]) or not math.isfinite(event.started):
        return None
    tag = events.tag_of(event_id)
    return Entry(
        id=event_id,  # its folder's: whatever the record says, this is where it is found
        camera=camera_of(event_id),
        started=round(event.started, 3),
        ended=None if event.ended is None else round(event.ended, 3),
        label=event.label,
        score=None if event.person_score is None else round(event.person_score, 4),
        tag=tag.tag if tag else None,
        kept=events.is_kept(event_id),
        clip_seconds=round(event.clip.seconds, 1) if event.clip else None,
        announced=event.announced,
    )


def everything(events: EventStore) -> Iterator[Entry | str]:
    """Every folder of an event, its id alone where no record can be read. Raises OSError."""
    for event_id in events.all_ids():
        yield entry_of(events, event_id) or event_id


def page(events: EventStore, filters: Filters, before: str | None, limit: int) -> Page:
    """As EventIndex.page. Raises OSError."""
    found = list(islice(matching(events, filters, before), limit + 1))
    return Page(found[:limit], found[limit - 1].id if len(found) > limit else None)


def matching(events: EventStore, filters: Filters, before: str | None = None) -> Iterator[Entry]:
    """What matches, newest first. Raises OSError."""
    last = None if before is None else f"{before[:4]}-{before[4:6]}-{before[6:8]}"
    for day in reversed(events.days()):
        if (last is not None and day > last) or not _may_match(filters, day):
            continue
        for event_id in reversed(events.ids_of(day)):
            if before is not None and event_id >= before:
                continue
            if filters.match_id(event_id) and filters.match_camera(event_id):
                entry = entry_of(events, event_id)
                if entry is not None and filters.match(entry):
                    yield entry


def _is_a_time(text: str) -> bool:
    """No camera makes an id of the 99th of September, but somebody may name a folder so."""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _may_match(filters: Filters, day: str) -> bool:
    """Whether the time range of the filters touches that day of UTC."""
    digits = day.replace("-", "")
    return (filters.since is None or digits >= stamp(filters.since)[:8]) and (
        filters.until is None or digits <= stamp(filters.until)[:8]
    )
