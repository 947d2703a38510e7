"""The live view: the newest frame as a JPEG to whoever is connected, a few times a second. A thread of its own.

Nothing is encoded while nobody looks. A reader that is slow gets fewer pictures, each of them whole, and makes
nobody wait: not the frame loop, which only leaves its frame here, nor another reader.
"""

from __future__ import annotations

import logging
import selectors
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

from app.media.jpeg import encode_jpeg
from app.store.files import DiskFull
from app.store.live_socket import LivePicture, listen, packed
from app.vision.gate import Picture

log = logging.getLogger(__name__)

MAX_READERS = 4
"""The dashboard is one of them, however many look at it."""

STALE_SECONDS = 3.0
"""An older frame is no live picture: the camera was lost, or released. (`fps` may be lower; then there is a picture
every so often and none in between.)"""

QUALITY = 70
"""Half the bytes of an alert's picture; it is looked at for a fifth of a second."""


class LiveView:
    """`offer` each frame, from one thread; `start` and `close`."""

    def __init__(
        self, data: Path, camera: str, fps: float, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._data, self._camera, self._pause, self._monotonic = data, camera, 1 / fps, monotonic
        self._newest: tuple[Picture, float] | None = None
        """And when it came."""
        self._readers: dict[socket.socket, memoryview] = {}
        """Each with what it has not taken yet of its last picture."""
        self._wake, self._woken = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name="live", daemon=True)
        self.encoded = 0
        """Pictures made so far."""

    def offer(self, frame: Picture) -> None:
        """The frame of now. Costs nothing: a reference is kept, its pixels belong to nobody else (media/frame.py)."""
        self._newest = (frame, self._monotonic())

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def close(self, timeout: float = 2.0) -> None:
        """End, and hang up."""
        if self._thread.ident is not None:
            self._wake.send(b"!")
            self._thread.join(timeout)

    def _run(self) -> None:
        try:
            listening = listen(self._data, self._camera)
        except (DiskFull, OSError) as error:
            log.error("there is no live view: %s", error)
            return
        with listening, selectors.DefaultSelector() as selector:
            listening.setblocking(False)
            selector.register(listening, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            try:
                self._serve(selector, listening)
            except Exception:  # a frame that cannot be encoded, say: watching goes on without a live view
                log.exception("the live view ended")
            finally:
                for reader in self._readers:
                    reader.close()

    def _serve(self, selector: selectors.BaseSelector, listening: socket.socket) -> None:
        shown: Picture | None = None
        due = self._monotonic()
        while True:
            wait = max(0.0, due - self._monotonic()) if self._readers else None
            for key, _ in selector.select(wait):
                if key.fileobj is self._woken:
                    return
                if key.fileobj is listening:
                    self._accept(selector, listening)
                    shown = None  # who comes new gets a picture even while the camera gives none
                else:
                    self._go_on(selector, key.fileobj)  # type: ignore[arg-type]
            if not self._readers or self._monotonic() < due:
                continue
            due = self._monotonic() + self._pause
            newest = self._fresh()
            if newest is not None and newest is not shown and self._show(selector, newest):
                shown = newest

    def _fresh(self) -> Picture | None:
        if self._newest is None:
            return None
        frame, came = self._newest
        return frame if self._monotonic() - came < STALE_SECONDS else None

    def _accept(self, selector: selectors.BaseSelector, listening: socket.socket) -> None:
        try:
            reader, _ = listening.accept()
        except OSError:
            return
        if len(self._readers) >= MAX_READERS:
            reader.close()
            return
        reader.setblocking(False)
        self._readers[reader] = memoryview(b"")
        selector.register(reader, selectors.EVENT_READ)

    def _show(self, selector: selectors.BaseSelector, frame: Picture) -> bool:
        """Give it to all who have taken the one before. Whether there was anybody."""
        ready = [reader for reader, left in self._readers.items() if not left]
        if not ready:
            return False
        data = memoryview(packed(LivePicture(encode_jpeg(frame.bgr, QUALITY), frame.time)))
        self.encoded += 1
        for reader in ready:
            self._readers[reader] = data
            self._go_on(selector, reader)
        return True

    def _go_on(self, selector: selectors.BaseSelector, reader: socket.socket) -> None:
        """Send what it takes now, and notice if it has gone."""
        left = self._readers[reader]
        try:
            if left:
                left = left[reader.send(left) :]
            elif not reader.recv(64):  # readers never send: this is its end
                raise ConnectionResetError
        except BlockingIOError:
            pass
        except OSError:
            selector.unregister(reader)
            del self._readers[reader]
            reader.close()
            return
        self._readers[reader] = left
        selector.modify(reader, selectors.EVENT_WRITE if left else selectors.EVENT_READ)
