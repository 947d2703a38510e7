"""What the camera saves is found in lists of events at once; Redis away costs no event."""

from __future__ import annotations

from pathlib import Path

import redis

from app.camera.announcer import Announcer
from app.history.history import History
from app.state.connection import connect
from app.state.entries import Filters
from app.store.events import EventRecord, EventStore
from app.store.outbox import Outbox
from tests.fakes.tcp import refused_port

EVENT = EventRecord(id="20261120T140301-front-9f3a0c1e", camera="front", started=1.0)


def test_a_saved_event_is_in_the_index_as_it_was_saved_last(
    tmp_path: Path, redis_client: redis.Redis
) -> None:
    events = EventStore(tmp_path / "events")
    history = History(events, redis_client)
    history.mirror.rebuild()
    announcer = Announcer(Outbox(tmp_path / "outbox"), events, redis_client)
    announcer.save(EVENT)
    announcer.save(EVENT.model_copy(update={"ended": 9.0}))
    answer = history.mirror.ask(lambda index: index.page(Filters()), compare=False)
    assert answer is not None
    assert [(entry.id, entry.ended) for entry in answer.entries] == [(EVENT.id, 9.0)]


def test_without_redis_an_event_is_saved_all_the_same(tmp_path: Path) -> None:
    events = EventStore(tmp_path / "events")
    nobody = connect(f"redis://127.0.0.1:{refused_port()}/0")
    announcer = Announcer(Outbox(tmp_path / "outbox"), events, nobody)
    announcer.save(EVENT)
    assert events.get(EVENT.id) == EVENT
    assert (announcer.problem, announcer.waiting) == ("", 0)
