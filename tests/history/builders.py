"""Events on a disk, as the tests of the history need them."""

from __future__ import annotations

from typing import Any

from app.domain import new_event_id
from app.store.events import EventRecord, EventStore

NOON = 1_795_176_000.0
"""2026-11-20 12:00:00 UTC."""


def save_event(events: EventStore, started: float = NOON, camera: str = "front", **facts: Any) -> str:
    """An event that is over, with a picture; its id."""
    id_ = new_event_id(camera, started)
    facts = {"ended": started + 5, "person_score": 0.9, **facts}
    events.save(EventRecord(id=id_, camera=camera, started=started, **facts))
    events.save_picture(id_, b"jpeg of " + id_.encode())
    return id_
