"""One life of one source, in a thread of its own: open, read until it ends or fails, close."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from app.media.clock import Clock
from app.media.slot import FrameSlot
from app.media.sources.source import Source, SourceError

log = logging.getLogger(__name__)


class Attempt:
    """Reads a source into a slot. A thread of its own, because a driver may never come back from a call.

    changed   set when the first frame is there and when all is over; `delivered`, `finished` and `error`
              say which.
    """

    def __init__(self, source_factory: Callable[[], Source], slot: FrameSlot, clock: Clock) -> None:
        self._source_factory, self._slot, self._clock = source_factory, slot, clock
        self._ticket = slot.new_ticket()
        self._source: Source | None = None
        self._stop = threading.Event()
        self._waiting_since: float | None = None
        self._thread = threading.Thread(target=self._run, name="frames", daemon=True)
        self.changed = threading.Event()
        self.delivered = 0
        """Frames put into the slot."""
        self.finished = False
        """Nothing more will come. Then `error` says why; None: a clip ended, or `stop` was called."""
        self.error: SourceError | None = None

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End as soon as the call into the source that is under way returns."""
        self._stop.set()
        source = self._source
        if source is not None:
            source.interrupt()
        self.changed.set()

    def join(self, timeout: float) -> bool:
        """Wait up to `timeout` seconds for the thread's end. True if it has ended."""
        self._thread.join(max(0.0, timeout))
        return not self._thread.is_alive()

    @property
    def alive(self) -> bool:
        """Whether the thread still runs (or hangs)."""
        return self._thread.is_alive()

    def silent_seconds(self) -> float:
        """How long a camera has kept us waiting for the call under way; 0 for a clip, which may take its time."""
        since = self._waiting_since
        return 0.0 if since is None else self._clock.monotonic() - since

    def _run(self) -> None:
        try:
            self._source = source = self._source_factory()
            self._wait_for(source)
            try:
                source.open()
                self._read(source)
            finally:
                self._wait_for(source)
                source.close()
        except SourceError as error:
            self.error = error
        except Exception as error:  # a fault of ours in one source must not end the watch
            log.exception("unexpected error while reading frames")
            self.error = SourceError(f"unexpected {type(error).__name__} while reading frames")
        finally:
            self._waiting_since = None
            self.finished = True
            self.changed.set()

    def _read(self, source: Source) -> None:
        put = self._slot.put_newest if source.live else self._slot.put_in_turn
        while not self._stop.is_set():
            self._wait_for(source)
            frame = source.read()
            self._waiting_since = None
            if frame is None and source.live and not self._stop.is_set():
                raise SourceError("the stream ended")  # a camera has no end, whatever its source says
            if frame is None or not put(frame, self._ticket):
                return
            self.delivered += 1
            if self.delivered == 1:
                self.changed.set()

    def _wait_for(self, source: Source) -> None:
        self._waiting_since = self._clock.monotonic() if source.live else None
