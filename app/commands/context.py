"""What handlers work with, opened as web and socket both need it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

from app.commands.machine import RecentReading, read_machine
from app.commands.request import Context
from app.history.history import History
from app.settings import Settings
from app.state.connection import Client
from app.store.events import EventStore
from app.store.outbox import Outbox
from app.store.pictures import LastPictures
from app.store.samples import SampleStore


def open_context(
    settings: Settings, process: str, client: Client, now: Callable[[], float] = time.time
) -> Context:
    """For `process`, web or socket: the stores under the data folder, ready for use. Raises DiskFull or OSError."""
    data = settings.storage.data
    events = EventStore(data / "events")
    samples = SampleStore(data / "samples", max_mb=settings.training.max_mb)
    return Context(
        process=process,
        settings=settings,
        events=events,
        history=History(
            events, client, samples=samples, tag_samples=settings.training.enabled, rebuilds=True, now=now
        ),
        samples=samples,
        pictures=LastPictures(data / "cameras"),
        outbox=Outbox(data / "outbox"),
        new_id=lambda: secrets.token_hex(8),
        machine=RecentReading(lambda: read_machine(data), now),
    )
