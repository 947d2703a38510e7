"""A shutdown is a thing one waits on: every pause in a process is `shutdown.wait(seconds)`."""

from __future__ import annotations

import math
import os
import select
import signal
from collections.abc import Callable
from types import FrameType

_LONGEST_SECONDS = 1_000_000.0
"""poll() takes milliseconds as a C int; whoever waits for longer comes round again."""


class Shutdown:
    """Set by SIGTERM or SIGINT (or `request()`). The second signal does not wait for the work in hand: it ends the
    process, or calls `hurry` where there are things that must not be left behind.

    A pipe rather than a threading.Event: a signal handler runs between two byte codes of the main
    thread, and Event.set() there dead-locks if that thread is just inside Event.wait().
    """

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._writer, False)
        self._requested = False
        self._signalled = False
        self._hurry: Callable[[], None] | None = None

    def catch_signals(self, hurry: Callable[[], None] | None = None) -> Shutdown:
        """Take over SIGTERM and SIGINT. Only from the main thread.

        `hurry`: called for the second signal and each further one, between any two steps of the main thread; so it
        takes no lock and waits for nothing.
        """
        self._hurry = hurry
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        return self

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if self._signalled:  # not `_requested`: systemd's one signal may follow a request from within
            if self._hurry is None:
                os._exit(128 + number)
            self._hurry()
        self._signalled = True
        self.request()

    def request(self) -> None:
        """Ask for the end from within; any thread may."""
        if not self._requested:
            self._requested = True
            os.write(self._writer, b"!")  # never read: every waiter, now and later, sees it

    @property
    def requested(self) -> bool:
        """Whether the end was asked for."""
        return self._requested

    @property
    def signalled(self) -> bool:
        """Whether a signal asked for it: somebody outside wants the process gone."""
        return self._signalled

    def wait(self, seconds: float) -> bool:
        """Pause for `seconds`, less if the end is asked for. True if it was."""
        # poll() rather than select(): that one fails beyond 1,023 open files.
        waiter = select.poll()
        waiter.register(self._reader, select.POLLIN)
        waiter.poll(math.ceil(min(max(0.0, seconds), _LONGEST_SECONDS) * 1000))
        return self._requested
