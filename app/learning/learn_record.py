"""What a stage has quietened since it is in force: the proof that counts, because nothing was learned from it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any, NamedTuple

from app.domain import Tag, event_started
from app.learning.report_intervals import Interval, wilson
from app.learning.report_text import share
from app.store.events import EventRecord, EventStore

_LOOKED_AT = 20  # each is a file, and where motion has decided alone for so long there is no model


class Quiet(NamedTuple):
    """One quietened event, and what people said of it."""

    event: EventRecord
    tag: Tag | None


class Record(NamedTuple):
    """Quietened events by what people said: `nothing` was right, `somebody` was wrong."""

    nothing: int
    somebody: int
    untagged: int

    @property
    def right(self) -> float | None:
        """0..1 of the tagged ones; None if there is none."""
        tagged = self.nothing + self.somebody
        return self.nothing / tagged if tagged else None

    @property
    def interval(self) -> Interval | None:
        """95 %, Wilson."""
        return wilson(self.nothing, self.nothing + self.somebody)


def quietened_since(events: EventStore, since: float) -> list[Quiet]:
    """Those that started at `since` (seconds since the epoch) or later, oldest first."""
    found = []
    for event_id in events.all_ids():
        if event_started(event_id) < since:
            continue
        event = events.get(event_id)
        if event is not None and event.quietened:
            tag = events.tag_of(event_id)
            found.append(Quiet(event, tag.tag if tag else None))
    return found


def newest_model(events: EventStore) -> str | None:
    """The person model of the newest event that had one; None if none of the newest had."""
    for event_id in islice(reversed(list(events.all_ids())), _LOOKED_AT):
        if (event := events.get(event_id)) is not None and event.person_model is not None:
            return event.person_model
    return None


def record(quiet: Sequence[Quiet]) -> Record:
    """Count."""
    tags = [one.tag for one in quiet]
    return Record(tags.count(Tag.UNOCCUPIED), tags.count(Tag.OCCUPIED), tags.count(None))


def as_text(counts: Record) -> str:
    """One line; '' if nothing was quietened."""
    if not sum(counts):
        return ""
    tagged = counts.nothing + counts.somebody
    said = f"Quietened by pycam learn: {sum(counts)} alerts, {tagged} of them tagged"
    if tagged:
        said += f"; rightly: {share(counts.right, counts.interval)}"
    return said


def as_plain(counts: Record) -> dict[str, Any]:
    """The same for programs."""
    return counts._asdict() | {"right": counts.right, "right_interval": counts.interval}
