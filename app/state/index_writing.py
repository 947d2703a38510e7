"""How the index of events is written (index.py says what it is). Everything here raises redis.RedisError."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from secrets import token_hex
from typing import Any

import redis

from app.state.entries import Entry, facets_of, packed, unpacked
from app.state.keys import EVENTS, EVENTS_BY, EVENTS_REBUILDING, EVENTS_TOUCHED, EVENTS_WHOLE

VERSION = "1"
"""Of what is kept here; another one has to be made anew."""

ALL, HOLLOW = "all", "hollow"

BATCH = 500
"""Entries in one transaction of a rebuild: some milliseconds in which Redis answers nobody else."""

LOCK_SECONDS = 120
TOUCHED_SECONDS = 86_400
"""Longer than any rebuild takes."""


def put(client: redis.Redis, entry: Entry, *, touch: bool = True) -> None:
    """Add or renew one event. `touch`: a rebuild that is under way shall read it again."""
    old = _facets_now(client, entry.id)
    pipe = client.pipeline(transaction=True)
    _add(pipe, [entry])
    for facet in (old | {HOLLOW}) - facets_of(entry):
        pipe.zrem(EVENTS_BY + facet, entry.id)
    if touch:
        _touch(pipe, entry.id)
    pipe.execute()


def remove(client: redis.Redis, event_id: str, *, hollow: bool = False, touch: bool = True) -> None:
    """Take one event out; `hollow`: its folder is still there. `touch`: as in `put`."""
    pipe = client.pipeline(transaction=True)
    for facet in _facets_now(client, event_id) | {ALL, HOLLOW}:
        pipe.zrem(EVENTS_BY + facet, event_id)
    pipe.hdel(EVENTS, event_id)
    if hollow:
        pipe.zadd(EVENTS_BY + HOLLOW, {event_id: 0})
    if touch:
        _touch(pipe, event_id)
    pipe.execute()


def rebuild(
    client: redis.Redis, entries: Iterable[Entry | str], again: Callable[[str], Entry | str | None]
) -> int | None:
    """As EventIndex.rebuild."""
    token = token_hex(8)
    if not client.set(EVENTS_REBUILDING, token, nx=True, ex=LOCK_SECONDS):
        return None
    try:
        new = mark(client)
        old = list(client.scan_iter(match=EVENTS_BY + "*", count=1000))
        client.unlink(EVENTS_WHOLE, EVENTS_TOUCHED, EVENTS, *old)
        count = _fill(client, iter(entries), token)
        if count is None:
            return None
        _read_touched_again(client, again)
        client.set(EVENTS_WHOLE, new)
        return count
    finally:
        if client.get(EVENTS_REBUILDING) == token:
            client.delete(EVENTS_REBUILDING)


def mark(client: redis.Redis) -> str:
    """What stands in EVENTS_WHOLE if this version made the index in this run of Redis."""
    try:
        about: Any = client.info("server")
    except redis.ResponseError:  # an ACL that allows less, or a hosted Redis
        return VERSION
    return f"{VERSION} {about.get('run_id', '')}"


def _fill(client: redis.Redis, entries: Iterator[Entry | str], token: str) -> int | None:
    """How many there were; None if this process slept so long that another one began."""
    count = 0
    while batch := list(islice(entries, BATCH)):
        pipe = client.pipeline(transaction=True)
        _add(pipe, [entry for entry in batch if isinstance(entry, Entry)])
        if hollow := {entry: 0.0 for entry in batch if isinstance(entry, str)}:
            pipe.zadd(EVENTS_BY + HOLLOW, hollow)
        pipe.get(EVENTS_REBUILDING)
        pipe.expire(EVENTS_REBUILDING, LOCK_SECONDS)
        if pipe.execute()[-2] != token:
            return None
        count += len(batch)
    return count


def _read_touched_again(client: redis.Redis, again: Callable[[str], Entry | str | None]) -> None:
    while (event_id := client.spop(EVENTS_TOUCHED)) is not None:
        read = again(str(event_id))
        if isinstance(read, Entry):
            put(client, read, touch=False)
        else:
            remove(client, str(event_id), hollow=read is not None, touch=False)


def _facets_now(client: redis.Redis, event_id: str) -> set[str]:
    text: Any = client.hget(EVENTS, event_id)
    entry = unpacked(event_id, text)
    return set() if entry is None else facets_of(entry)


def _add(pipe: redis.client.Pipeline, entries: Sequence[Entry]) -> None:
    if not entries:
        return
    members: dict[str, dict[str, float]] = {ALL: {}}
    for entry in entries:
        for facet in (ALL, *facets_of(entry)):
            members.setdefault(facet, {})[entry.id] = 0
    pipe.hset(EVENTS, mapping={entry.id: packed(entry) for entry in entries})
    for facet, ids in members.items():
        pipe.zadd(EVENTS_BY + facet, ids)


def _touch(pipe: redis.client.Pipeline, event_id: str) -> None:
    pipe.sadd(EVENTS_TOUCHED, event_id)
    pipe.expire(EVENTS_TOUCHED, TOUCHED_SECONDS)
