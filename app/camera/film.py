"""The film's thread: takes frames from the loop without ever making it wait, and encodes them.

frames, events ─► Film (queue, bounded) ─► FilmStrip (encoder, pre-roll) ─► ClipDesk (a thread of its own: the disk)
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.camera.clip_desk import ClipDesk
from app.camera.film_strip import Desk, FilmStrip, shifted
from app.media.coded import CodedPacket, CodedStream
from app.media.frame import Frame
from app.settings.clips import ClipSettings
from app.settings.schema import CameraSettings, Settings
from app.store.events import EventRecord, EventStore
from app.vision.gate import Picture

log = logging.getLogger(__name__)

MAX_WAITING_BYTES = 28_000_000
"""Frames waiting for the encoder: three seconds of 640×480. A Pi with 512 MB bears that beside the sample's ring."""

PATIENCE_SECONDS = 5.0
"""Footage played faster than life waits for the encoder, but not for one that hangs."""

BEHIND = "the encoder is behind: pictures are left out of clips"

IDLE_SECONDS = 10.0
"""Without frames for so long (a lost camera), a clip whose event is over is finished without its whole tail."""


@dataclass(frozen=True, slots=True)
class _Look:
    time: float
    bgr: np.ndarray[Any, Any] | None
    stream: CodedStream | None
    packets: Sequence[CodedPacket]
    bytes: int


_Job = _Look | Callable[[], None]


class Film:
    """One camera's, which gives about `fps` frames a second. All but `close` returns at once; `patient`: `frame` waits
    for its turn, for recorded footage."""

    def __init__(self, settings: ClipSettings, desk: Desk, *, fps: float, patient: bool = False) -> None:
        self._desk = desk
        self._strip = FilmStrip(settings, desk, fps=fps, missing=lambda: self.left_out)
        self._patient = patient
        self._tail = settings.tail_seconds
        self._changed = threading.Condition()
        self._jobs: deque[_Job] = deque()
        self._bytes = 0
        self._behind = self._watching = self._closing = False
        self._time = 0.0
        self._thread = threading.Thread(target=self._run, name="film", daemon=True)
        self.left_out = 0
        """Frames the encoder had no time for."""

    @property
    def problem(self) -> str:
        """Why clips lack something at present; "" if they do not."""
        return BEHIND if self._behind else self._strip.problem or self._desk.problem

    def start(self) -> None:
        """Begin, and have the desk begin."""
        self._desk.start()
        self._thread.start()

    def close(self, timeout: float = 5.0) -> None:
        """Do what waits, then end, the desk, too. An encoder that hangs is left behind."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join(timeout)
        if self._thread.is_alive():
            log.error("the encoder hangs: the end of the clip it was at is lost")
        self._desk.close()

    def frame(self, frame: Picture, time: float, *, watching: bool, wanted: bool = True) -> None:
        """A frame of the loop's at the pipeline's `time`. Not `wanted`: passed over, but what it carries counts."""
        if not watching:
            self.stand_down()
            return
        self._watching, self._time = True, time
        stream = frame.stream if isinstance(frame, Frame) else None
        if stream is not None and stream is not self._strip.refused:
            packets = shifted(frame.packets, time - frame.media_time) if isinstance(frame, Frame) else []
            self._put(_Look(time, None, stream, packets, sum(len(packet.data) for packet in packets)))
        elif wanted:
            self._put(_Look(time, frame.bgr, stream, (), frame.bgr.nbytes))

    def begin(self, event: EventRecord, started: float) -> None:
        """An event began, at `started` of the pipeline's time."""
        self._do(lambda: self._strip.begin(event.id, started))

    def end(self, event: EventRecord, *, last_active: float, quiet: bool) -> None:
        """It ended. `quiet`: by itself, so that the quiet after `last_active` belongs to it; else it was cut off."""
        until = max(self._time, last_active + self._tail) if quiet else self._time
        self._do(lambda: self._strip.end(event, until))

    def stand_down(self) -> None:
        """Nobody watches any more: nothing is kept."""
        if self._watching:
            self._watching = False
            self._do(self._strip.stand_down)

    def _do(self, job: Callable[[], None]) -> None:
        with self._changed:
            self._jobs.append(job)
            self._changed.notify_all()

    def _put(self, look: _Look) -> None:
        with self._changed:
            if self._patient:
                self._changed.wait_for(lambda: self._has_room(look), PATIENCE_SECONDS)
            if not self._has_room(look):
                self.left_out += 1
                if not self._behind:
                    log.warning(BEHIND)
                self._behind = True
                return
            self._jobs.append(look)
            self._bytes += look.bytes
            self._changed.notify_all()

    def _has_room(self, look: _Look) -> bool:
        return not self._bytes or self._bytes + look.bytes <= MAX_WAITING_BYTES

    def _run(self) -> None:
        while True:
            with self._changed:
                idle = not self._changed.wait_for(lambda: self._jobs or self._closing, IDLE_SECONDS)
                job = self._jobs.popleft() if self._jobs else None
                if job is None and self._closing:
                    break
            try:
                self._work(job, idle)
            except Exception:  # one picture that cannot be kept must not end the keeping of all others
                log.exception("a picture could not be kept for clips")
        self._strip.stand_down()

    def _work(self, job: _Job | None, idle: bool) -> None:
        if isinstance(job, _Look):
            try:
                self._strip.look(job.time, job.bgr, job.stream, job.packets)
            finally:
                self._done(job)
        elif job is not None:
            job()
        elif idle:
            self._strip.finish_ended()

    def _done(self, look: _Look) -> None:
        with self._changed:
            self._bytes -= look.bytes
            if not self._bytes and self._behind:
                self._behind = False
                log.info("the encoder has caught up; %d pictures were left out so far", self.left_out)
            self._changed.notify_all()


def film_for(
    settings: Settings,
    camera: CameraSettings,
    events: EventStore,
    done: Callable[[EventRecord, Callable[[], None]], None],
) -> Film | None:
    """The film of a camera, as set; None: no clips are wanted. `done`: as in ClipDesk."""
    if not settings.clips.enabled:
        return None
    desk = ClipDesk(camera.name, events, settings.storage, done)
    return Film(settings.clips, desk, fps=camera.fps, patient=camera.as_fast_as_possible)
