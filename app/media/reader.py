"""Keeps frames coming: opens a source, opens it again when it fails or falls silent, and says so."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Self

from app.media.attempt import Attempt
from app.media.backoff import Backoff
from app.media.clock import Clock, SystemClock
from app.media.frame import Frame
from app.media.slot import FrameSlot
from app.media.sources.source import Source, SourceError

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5  # how often the reader looks whether a source has fallen silent
STEADY_SECONDS = 10.0  # a camera that held this long is well: the next loss starts with the first delay again


class State(StrEnum):
    """OPENING until the first frame; RUNNING; LOST and being tried again; ENDED: no more will come."""

    OPENING = "opening"
    RUNNING = "running"
    LOST = "lost"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Status:
    """`since`: epoch seconds of the change to `state`. `error`: the last failure, "" if there was none."""

    state: State
    since: float
    error: str


class FrameReader:
    """Reads in the background; `get` takes the newest frame of a camera, or the next one of a clip.

    source_factory   makes a fresh, unopened source for each attempt.
    on_change        called with (state, reason) from the reader's own thread, once per change of state.
    stall_seconds    a camera call that takes longer hangs: its thread is given up and the camera opened anew.
                     Above the sources' own time-outs, which end more cleanly.
    max_hung         after this many failures while threads hang, `hopeless` is set and no more is tried:
                     only a new process gets the device back.

    A camera's older frame gives way to a newer one (`dropped` counts them); a clip waits and loses none.
    """

    def __init__(
        self,
        source_factory: Callable[[], Source],
        *,
        on_change: Callable[[State, str], None] = lambda state, reason: None,
        clock: Clock | None = None,
        backoff: Backoff | None = None,
        stall_seconds: float = 25.0,
        max_hung: int = 3,
    ) -> None:
        self._source_factory, self._on_change = source_factory, on_change
        self._clock = clock or SystemClock()
        self._backoff = backoff or Backoff()
        self._stall_seconds, self._max_hung = stall_seconds, max_hung
        self._slot = FrameSlot()
        self._stop = threading.Event()
        self._attempt: Attempt | None = None
        self._hung: list[Attempt] = []
        self._failures_while_hung = 0
        self._hopeless = False
        self._attempts = 0
        self._status = Status(State.OPENING, self._clock.time(), "")
        self._thread = threading.Thread(target=self._run, name="frame-reader", daemon=True)

    def start(self) -> Self:
        """Begin to read."""
        self._thread.start()
        return self

    def get(self, timeout: float) -> Frame | None:
        """The newest frame not yet taken (a clip: the next); None after `timeout` seconds, or at the end."""
        return self._slot.get(timeout)

    @property
    def status(self) -> Status:
        """State, since when, and the last error, all of one moment."""
        return self._status

    @property
    def finished(self) -> bool:
        """The end was reached and its last frame taken: `get` will never return one again."""
        return self._status.state is State.ENDED and self._slot.empty

    @property
    def dropped(self) -> int:
        """Camera frames that a newer one replaced before they were taken."""
        return self._slot.dropped

    @property
    def hung(self) -> int:
        """Threads that were given up and have still not come back."""
        return sum(attempt.alive for attempt in self._hung)

    @property
    def attempts(self) -> int:
        """How many openings of the source have come to their end; those that hang do not."""
        return self._attempts

    @property
    def hopeless(self) -> bool:
        """Nothing but a new process helps; end this one and let systemd start it again."""
        return self._hopeless

    def close(self, timeout: float = 5.0) -> bool:
        """Stop reading. True if every thread ended within `timeout` seconds; one that hangs does not."""
        end = self._clock.monotonic() + timeout
        self._stop.set()
        self._slot.close()
        if self._thread.ident is None:
            return True
        attempt = self._attempt
        if attempt is not None:
            attempt.stop()
        self._thread.join(timeout)
        attempts = self._hung + ([self._attempt] if self._attempt is not None else [])
        ended = [attempt.join(end - self._clock.monotonic()) for attempt in attempts]
        return all(ended) and not self._thread.is_alive()

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            error = self._run_once()
            if self._stop.is_set():
                return
            if error is None or error.permanent:
                self._slot.close()
                self._set(State.ENDED, str(error or ""))
                return
            self._set(State.LOST, str(error))
            if self._is_hopeless():
                self._hopeless = True
                log.error("%d reading threads hang; only a new process can get the camera back", self.hung)
                return
            self._clock.wait(self._stop, self._backoff.next())

    def _run_once(self) -> SourceError | None:
        """One attempt, to its end. None: a clip ended, or `close` was called."""
        self._attempt = attempt = Attempt(self._source_factory, self._slot, self._clock)
        attempt.start()
        steady_at = None
        while not self._stop.is_set():
            self._clock.wait(attempt.changed, min(LOOK_SECONDS, self._stall_seconds / 4))
            attempt.changed.clear()
            if attempt.delivered:
                self._set(State.RUNNING, "")
                now = self._clock.monotonic()
                steady_at = steady_at or now + STEADY_SECONDS
                if now >= steady_at:
                    self._backoff.reset()
                    self._failures_while_hung = 0
            if attempt.finished:
                self._attempts += 1
                return attempt.error
            silent = attempt.silent_seconds()
            if silent > self._stall_seconds:
                self._slot.new_ticket()  # from here on nothing that thread reads counts
                attempt.stop()
                self._hung.append(attempt)
                return SourceError(f"no frame for {silent:.0f} s; its thread hangs and was given up")
        attempt.stop()
        return None

    def _is_hopeless(self) -> bool:
        # A failure beside a hung thread counts as well: a Pi or USB camera that the hung thread still holds
        # answers "busy" each time, and would do so for ever.
        self._hung = [attempt for attempt in self._hung if attempt.alive]
        self._failures_while_hung = self._failures_while_hung + 1 if self._hung else 0
        return max(len(self._hung), self._failures_while_hung) >= self._max_hung

    def _set(self, state: State, reason: str) -> None:
        before = self._status
        error = reason or before.error
        if state is before.state:
            self._status = Status(state, before.since, error)
            return
        self._status = Status(state, self._clock.time(), error)
        try:
            self._on_change(state, reason)
        except Exception:  # whoever listens must not be able to stop the frames
            log.exception("on_change failed for %s", state)
