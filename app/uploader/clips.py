"""Clips into the bucket, as soon as they are whole: what the police want to see outlives a stolen Pi.

A thread of its own, newest clip first: a slow uplink must not keep samples waiting, nor they a clip. For a clip that
is too large for Slack a link follows into the thread of its alert; it is signed here, where the keys are.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from app.settings import UploaderSettings
from app.shutdown import Shutdown
from app.store.bucket import Content
from app.store.bucket_errors import BucketError
from app.store.events import EventRecord, EventStore, Record
from app.store.files import DiskFull, write_whole

log = logging.getLogger(__name__)

UPLOADED = "clip-upload.json"
"""Beside the clip, written by the uploader alone: it is in the bucket."""

LOOK_SECONDS = 15.0
"""How soon a new clip is found."""

DAYS = 8
"""How far back: after a week without the network everything is still sent."""

LATE_SECONDS = 3600.0
"""An event that ended so long ago and has no clip by now gets none."""


class ClipUpload(Record):
    """When it was sent (seconds since the epoch), and under which key it lies."""

    at: float
    key: str


class Vault(Protocol):
    """What of a Bucket is needed here."""

    def put(self, key: str, content: Content) -> None: ...
    def link(self, key: str, seconds: float) -> str: ...


Tell = Callable[[EventRecord, str, float], None]


class ClipUploads:
    """`step` sends what waits, called by one thread. `tell(event, link, until)` hears of each clip that is there:
    a signed link, and until when it works (seconds since the epoch)."""

    def __init__(
        self,
        events: EventStore,
        open_vault: Callable[[], Vault],
        settings: UploaderSettings,
        tell: Tell,
        *,
        now: Callable[[], float],
    ) -> None:
        self._events, self._open, self._settings = events, open_vault, settings
        self._tell, self._now = tell, now
        self._vault: Vault | None = None
        self._done: set[str] = set()
        self._failures = 0
        self.problem = ""
        """Why clips wait; empty if none does, or all is well."""

    def run(self, shutdown: Shutdown) -> None:
        """Until the end. An upload in hand is cut off with the process, and begun anew after the next start."""
        while not shutdown.requested:
            shutdown.wait(self.step(shutdown))

    def step(self, shutdown: Shutdown) -> float:
        """Send every clip that waits; seconds to rest after that."""
        try:
            for event, path in self._waiting():
                if shutdown.requested:
                    break
                self._send(event, path)
        except BucketError as error:
            return self._failed(str(error), error.permanent)
        except (DiskFull, OSError) as error:
            return self._failed(f"the clips cannot be looked at: {error}", False)
        if self.problem:
            log.warning("clips are uploaded again")
        self.problem, self._failures = "", 0
        return LOOK_SECONDS

    def _waiting(self) -> Iterator[tuple[EventRecord, Path]]:
        for day in reversed(self._events.days()[-DAYS:]):
            for event_id in reversed(self._events.ids_of(day)):
                if event_id not in self._done and (found := self._look(event_id)) is not None:
                    yield found

    def _look(self, event_id: str) -> tuple[EventRecord, Path] | None:
        event = self._events.get(event_id)
        if event is None:
            return None
        path = self._events.file(event_id, "clip.mp4") if event.clip is not None else None
        if path is not None and not path.with_name(UPLOADED).exists():
            return event, path
        if path is not None or (event.ended is not None and self._now() - event.ended > LATE_SECONDS):
            self._done.add(event_id)
        return None

    def _send(self, event: EventRecord, path: Path) -> None:
        if self._vault is None:
            self._vault = self._open()
        key = f"{self._settings.clips_prefix}{path.parent.parent.name}/{event.id}.mp4"
        try:
            self._vault.put(key, path)
        except FileNotFoundError:  # the event was removed while its clip was to be sent
            return
        except OSError as error:  # one that the disk cannot give back must not hold up those behind it
            log.error(
                "the clip of %s cannot be read, and is left out until the next start: %s", event.id, error
            )
            self._done.add(event.id)
            return
        now = self._now()
        seconds = self._settings.link_days * 86_400
        link = self._vault.link(key, seconds)
        # First told, then noted: a crash between the two tells it again, which the outbox knows how to take.
        self._tell(event, link, now + seconds)
        with suppress(FileNotFoundError):  # as above
            write_whole(path.with_name(UPLOADED), ClipUpload(at=now, key=key).model_dump_json().encode())
            log.info("uploaded the clip of %s, %.1f MB", event.id, path.stat().st_size / 1e6)
        self._done.add(event.id)

    def _failed(self, problem: str, permanent: bool) -> float:
        if problem != self.problem:
            log.error("clips wait: %s", problem)
        self.problem, self._vault = problem, None
        self._failures += 1
        most = self._settings.backoff_max_minutes * 60
        if permanent:
            return most
        return min(most, self._settings.backoff_seconds * 2.0 ** min(self._failures - 1, 30))
