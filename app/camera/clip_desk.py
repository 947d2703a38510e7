"""The clip desk: packets become files, in a thread of its own. A disk that stalls delays neither frames nor alerts.

While it is recorded a clip lies in DATA/unfinished/; then it becomes the event's clip.mp4, the event's record is told,
and only then does the recording go: whatever a crash comes between is made good at the next start. Where the recording
and the record are gone, somebody has deleted the event.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from app.camera.clip_repair import facts_of, repaired, unfinished_name
from app.media.clips import FRAGMENT_SECONDS, Clip, ClipError, ClipWriter, NothingRecorded, finish
from app.media.coded import CodedPacket
from app.settings.schema import StorageSettings
from app.store.events import EventRecord, EventStore
from app.store.files import DiskFull, free_mb, make_folder

log = logging.getLogger(__name__)

MAX_WAITING_BYTES = 16_000_000
"""Beside a pre-roll: what a disk that stalls may make wait. Half a minute of a camera that sends 4 Mbit/s."""

BEGIN_SHARE, STOP_SHARE = 0.5, 0.25
"""Of min_free_mb: below it the notifier removes the oldest events, so a new clip may use some of it; but where that
does not help (all are wanted kept, or something else fills the disk), the rest is for alerts."""

TOO_SLOW = "the disk was too slow: the clip ends early"


@dataclass(slots=True)
class _Recording:
    path: Path
    lead: float
    writer: ClipWriter | None = None
    checked: float = float("-inf")
    """When, in the packets' time, it was last seen that there is room."""
    problem: str = ""


class ClipDesk:
    """Any thread may call; nothing but `close` waits. `done` gets each event with its clip, or why there is none, and
    what is to be called once the record on the disk says so."""

    def __init__(
        self,
        camera: str,
        events: EventStore,
        storage: StorageSettings,
        done: Callable[[EventRecord, Callable[[], None]], None],
    ) -> None:
        self._camera, self._events, self._storage = camera, events, storage
        self._done = done
        self._changed = threading.Condition()
        self._jobs: deque[tuple[Callable[[], None], int]] = deque()
        self._bytes = 0
        self._late: set[str] = set()
        self._recordings: dict[str, _Recording] = {}
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="clips", daemon=True)
        self.problem = ""
        """Why the last clip was not kept, or not whole."""

    def start(self) -> None:
        """Begin: first with what an earlier run left unfinished."""
        self._thread.start()

    def close(self, timeout: float = 10.0) -> None:
        """Write what waits, then end. What the disk has not taken by then is repaired at the next start."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join(timeout)
        if self._thread.is_alive():
            log.error("the disk did not take the last clip before the end; it is finished at the next start")

    def open(self, event_id: str, packets: Sequence[CodedPacket], lead: float) -> None:
        """A clip begins with these packets (the first a key picture), `lead` seconds before its event."""
        if self._is_late(event_id):
            return
        size = sum(len(packet.data) for packet in packets)
        self._put(lambda: self._begin(event_id, packets, lead), size)

    def add(self, event_id: str, packet: CodedPacket) -> bool:
        """Go on with it. False: the disk is too far behind, and its clip ends here."""
        if self._is_late(event_id):
            return False
        self._put(lambda: self._go_on(event_id, packet), len(packet.data))
        return True

    def finish(self, event: EventRecord, problem: str) -> None:
        """The clip of `event` is over. `problem`: what is missing in it; "" if nothing is."""
        self._put(lambda: self._finish(event, problem), 0)

    def _is_late(self, event_id: str) -> bool:
        with self._changed:
            if self._bytes <= MAX_WAITING_BYTES:
                return False
            self._late.add(event_id)
        log.error("event %s: %s", event_id, TOO_SLOW)
        return True

    def _put(self, job: Callable[[], None], size: int) -> None:
        with self._changed:
            self._jobs.append((job, size))
            self._bytes += size
            self._changed.notify_all()

    def _run(self) -> None:
        try:
            for event, recorded in repaired(self._events, self._camera):
                self._done(event, partial(_remove, recorded))
        except Exception:
            log.exception("what an earlier run left unfinished could not be looked at")
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._jobs or self._closing)
                if not self._jobs:
                    return
                job, size = self._jobs.popleft()
            try:
                job()
            except Exception:  # one clip that cannot be kept must not end the keeping of all others
                log.exception("a clip could not be kept")
            with self._changed:
                self._bytes -= size

    def _begin(self, event_id: str, packets: Sequence[CodedPacket], lead: float) -> None:
        recording = _Recording(self._events.unfinished / unfinished_name(event_id, lead), lead)
        self._recordings[event_id] = recording
        self._look_for_room(recording, packets[-1].dts, BEGIN_SHARE)
        if recording.problem:
            return
        try:
            make_folder(self._events.unfinished)
            recording.writer = ClipWriter(recording.path, packets[0].stream, packets[0])
        except (DiskFull, OSError, ClipError) as error:
            recording.problem = str(error)
        for packet in packets:
            self._go_on(event_id, packet)

    def _go_on(self, event_id: str, packet: CodedPacket) -> None:
        recording = self._recordings.get(event_id)
        if recording is None or recording.writer is None or recording.problem:
            return
        try:
            if packet.dts - recording.checked > FRAGMENT_SECONDS:
                self._look_for_room(recording, packet.dts, STOP_SHARE)
            recording.writer.add(packet)
        except ClipError as error:
            recording.problem = f"{error}: the clip ends early"

    def _look_for_room(self, recording: _Recording, now: float, share: float) -> None:
        recording.checked = now
        free = free_mb(self._storage.data)
        if free < self._storage.min_free_mb * share:
            recording.problem = f"only {free:.0f} MB of disk are free"

    def _finish(self, event: EventRecord, problem: str) -> None:
        recording = self._recordings.pop(event.id, None)
        clip = None
        if event.id in self._late:
            self._late.discard(event.id)
            problem = TOO_SLOW
        if recording is not None:
            problem = recording.problem or problem
            if recording.writer is not None:
                if self._is_deleted(recording, event.id):
                    log.info("event %s was deleted before its clip was finished", event.id)
                    with suppress(ClipError):
                        recording.writer.close()
                    return
                clip, problem = self._keep(recording, recording.writer, event.id, problem)
        if problem and problem != self.problem:
            log.error("the clip of event %s: %s", event.id, problem)
        self.problem = problem
        facts, told = None, _nothing
        if clip is not None and recording is not None:
            facts, told = facts_of(clip, recording.lead), partial(_remove, recording.path)
        self._done(event.model_copy(update={"clip": facts, "clip_problem": problem}), told)

    def _is_deleted(self, recording: _Recording, event_id: str) -> bool:
        """Without the recording alone it may be an accident, and without the record alone the disk may be full."""
        return not recording.path.exists() and not self._events.has_record(event_id)

    def _keep(
        self, recording: _Recording, writer: ClipWriter, event_id: str, problem: str
    ) -> tuple[Clip | None, str]:
        try:
            writer.close()
        except ClipError as error:
            problem = problem or f"{error}: the clip ends early"
        try:
            return finish(recording.path, self._events.clip_place(event_id)), problem
        except NothingRecorded as error:
            recording.path.unlink(missing_ok=True)
            return None, problem or str(error)
        except (ClipError, DiskFull, OSError) as error:
            return None, str(error)


def _remove(recorded: Path) -> None:
    with suppress(OSError):  # it is looked at again at the next start
        recorded.unlink(missing_ok=True)


def _nothing() -> None:
    """There is nothing to do."""
