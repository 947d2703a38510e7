"""The week in numbers: what was seen, what people said of it, how pycam ran, how long the disk lasts.

An alert is what people were told of as somebody. It was right if it is tagged occupied. What went out as "probably
nothing", or was recorded without a message, is counted apart: it claimed nothing that could be wrong.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from app.domain import Tag, event_started
from app.learning.report_intervals import difference, wilson
from app.settings import StorageSettings
from app.slack.digest_facts import DAY_SECONDS, CameraHours, Counts, Room, Running, Share, Trend
from app.store.events import EventRecord, EventStore
from app.store.uptime import HOUR_SECONDS, CameraTime, Hour

LATELY_HOURS = 9 * 24
"""What lies further back may be from a clock that was never set."""


class Seen(NamedTuple):
    """One event, and what somebody said of it."""

    event: EventRecord
    tag: Tag | None

    @property
    def is_alert(self) -> bool:
        """Whether people were told that somebody was there."""
        return self.event.announced and not self.event.quietened


def seen_between(events: EventStore, since: float, until: float) -> list[Seen]:
    """The events that began at `since` or later and before `until` (seconds since the epoch), oldest first. Only the
    days in question are read. Raises OSError."""
    found = []
    for event_id in _ids_between(events, since, until):
        event = events.get(event_id)
        if event is not None:
            tag = events.tag_of(event_id)
            found.append(Seen(event, tag.tag if tag else None))
    return found


def count(seen: Sequence[Seen]) -> Counts:
    """Count."""
    tags = Counter(one.tag for one in seen)
    kinds = Counter((one.event.announced, one.event.quietened) for one in seen)
    return Counts(
        events=len(seen),
        cameras=tuple(Counter(one.event.camera for one in seen).most_common()),
        alerts=kinds[True, False],
        marked=kinds[True, True],
        held=kinds[False, True],
        silent=kinds[False, False],
        occupied=tags[Tag.OCCUPIED],
        unoccupied=tags[Tag.UNOCCUPIED],
        untagged_alerts=sum(one.is_alert and one.tag is None for one in seen),
    )


def share_of(seen: Iterable[Seen]) -> Share | None:
    """Of the tagged alerts those that were right; None without one."""
    tags = Counter(one.tag for one in seen if one.is_alert)
    right, of = tags[Tag.OCCUPIED], tags[Tag.OCCUPIED] + tags[Tag.UNOCCUPIED]
    interval = wilson(right, of)
    return Share(right, of, interval.low, interval.high) if interval else None


def trend(now: Share | None, before: Share | None) -> Trend:
    """Whether the one is better or worse than the other, or nobody can tell."""
    if now is None or before is None:
        return Trend.UNCLEAR
    gained = difference(now.right, now.of, before.right, before.of)
    if gained is None or gained.low <= 0 <= gained.high:
        return Trend.UNCLEAR
    return Trend.BETTER if gained.low > 0 else Trend.WORSE


def running(
    hours: Mapping[int, Hour], cameras: Iterable[str], since: float, until: float, machine: float | None
) -> Running:
    """How pycam ran from the hour of `since` to `until`; counted from the first one that is known. `machine`: seconds
    since it was started."""
    since = since // HOUR_SECONDS * HOUR_SECONDS  # or the part of an hour that is not counted would be a gap
    known = {
        number: hour for number, hour in hours.items() if since <= number * HOUR_SECONDS < until and hour.ran
    }
    if not known:
        return Running(machine, None, 0.0, ())
    heard = sum(hour.heard for hour in known.values())
    return Running(
        machine=machine,
        ran=sum(hour.ran for hour in known.values()),
        counted=until - max(_counted_since(hours, min(known), until), since),
        cameras=tuple(_camera(name, known.values(), heard) for name in cameras),
    )


def room(
    events: EventStore,
    seen: Sequence[Seen],
    since: float,
    until: float,
    *,
    free: float,
    storage: StorageSettings,
) -> Room:
    """How full the disk is, of which `free` bytes are free, and how long it lasts if events take as much as those that
    were `seen` between `since` and `until`. Raises OSError."""
    oldest = _oldest(events)
    taken = float(sum(bytes_below(_folder(events, one.event.id)) for one in seen))
    holds = None
    if taken:
        # An appliance of two days has seen two days' events in this week.
        began = since if oldest is None else max(since, oldest)
        days = max(until - began, DAY_SECONDS) / DAY_SECONDS
        holds = (bytes_below(events.root) + max(free - storage.min_free_mb * 1e6, 0.0)) / (taken / days)
    return Room(free=free, events=taken, holds_days=holds, keep_days=storage.keep_days, oldest=oldest)


def bytes_below(folder: Path) -> int:
    """What the disk gets back with `folder`. What goes meanwhile counts nothing."""
    total = 0
    waiting = [folder]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(Path(entry.path))
                    else:
                        total += entry.stat(follow_symlinks=False).st_blocks * 512
        except (FileNotFoundError, NotADirectoryError):
            continue
    return total


def _counted_since(hours: Mapping[int, Hour], first: int, until: float) -> float:
    """Where nothing is known of the days before, pycam is new, and counts since the middle of its first hour."""
    if any(0 < first - number <= LATELY_HOURS for number in hours):
        return float("-inf")
    return min((first + 1) * HOUR_SECONDS, until) - hours[first].ran


def _ids_between(events: EventStore, since: float, until: float) -> Iterable[str]:
    for day in events.days():
        for event_id in events.ids_of(day) if _may_hold(day, since, until) else ():
            try:
                if since <= event_started(event_id) < until:
                    yield event_id
            except ValueError:  # a folder that somebody named like one, on a day there never was
                continue


def _may_hold(day: str, since: float, until: float) -> bool:
    try:
        midnight = event_started(f"{day.replace('-', '')}T000000-x-00000000")
    except ValueError:
        return False
    return midnight < until and midnight + DAY_SECONDS > since


def _oldest(events: EventStore) -> float | None:
    for event_id in events.all_ids():
        try:
            return event_started(event_id)
        except ValueError:
            continue
    return None


def _folder(events: EventStore, event_id: str) -> Path:
    return events.root / f"{event_id[:4]}-{event_id[4:6]}-{event_id[6:8]}" / event_id


def _camera(name: str, hours: Iterable[Hour], heard: float) -> CameraHours:
    times = [hour.cameras.get(name, CameraTime()) for hour in hours]
    watched, armed = sum(one.watched for one in times), sum(one.armed for one in times)
    return CameraHours(name, watched, armed - watched, heard - sum(one.known for one in times))
