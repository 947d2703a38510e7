"""A slot for one frame between the thread that reads and the one that looks."""

from __future__ import annotations

import threading

from app.media.frame import Frame


class FrameSlot:
    """Holds at most one frame. Who puts shows a ticket; a revoked ticket puts nothing.

    Tickets are for threads that hang in a driver and were given up: one may wake up minutes later with a
    frame in hand, and that frame must not be taken for what the camera sees now.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._frame: Frame | None = None
        self._ticket = 0
        self._closed = False
        self.dropped = 0
        """Frames that a newer one replaced before anybody took them."""

    def new_ticket(self) -> int:
        """A ticket for a new putter. All earlier ones are void, and so is a frame they left behind."""
        with self._changed:
            self._ticket += 1
            if self._frame is not None:
                self._frame = None
                self.dropped += 1
            self._changed.notify_all()
            return self._ticket

    def put_newest(self, frame: Frame, ticket: int) -> bool:
        """Put at once; a frame nobody took gives way. False if the ticket is void or the slot closed."""
        with self._changed:
            if self._void(ticket):
                return False
            if self._frame is not None:
                self.dropped += 1
                frame = frame.in_place_of(self._frame)
            self._frame = frame
            self._changed.notify_all()
            return True

    def put_in_turn(self, frame: Frame, ticket: int) -> bool:
        """Put once the frame before was taken. False if the ticket is or becomes void or the slot closes."""
        with self._changed:
            self._changed.wait_for(lambda: self._frame is None or self._void(ticket))
            if self._void(ticket):
                return False
            self._frame = frame
            self._changed.notify_all()
            return True

    def get(self, timeout: float) -> Frame | None:
        """Take the frame; wait up to `timeout` seconds for one. None: there was none in time, or no more will
        come."""
        with self._changed:
            self._changed.wait_for(lambda: self._frame is not None or self._closed, timeout)
            frame, self._frame = self._frame, None
            self._changed.notify_all()
            return frame

    def close(self) -> None:
        """Nothing more goes in; what is in may still be taken; nobody waits any longer."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def empty(self) -> bool:
        """Whether there is nothing to take right now."""
        with self._changed:
            return self._frame is None

    def _void(self, ticket: int) -> bool:
        return self._closed or ticket != self._ticket
