"""Sends the message of the week: a thread of the notifier, which starts a process of its own for the work.

That process (`pycam digest --post`) plays pictures through the eyes, which takes minutes on a Pi and memory that the
notifier should not hold for good. It runs at the lowest priority, and ends with the notifier.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from datetime import tzinfo
from enum import StrEnum
from pathlib import Path

from pydantic import ValidationError

from app.notifier.wall_clock import WallClock
from app.notifier.week import TRIES, Memory, begun, wanted
from app.settings import environment_with_whole_paths
from app.settings.digest import DigestSettings
from app.settings.paths import PROJECT
from app.shutdown import Shutdown
from app.store.files import DiskFull, make_folder, write_whole

log = logging.getLogger(__name__)

LOOK_SECONDS = 30.0

STEADY_SECONDS = 3600.0
"""So long the clock must have gone steadily: no greeting from 1970, and none for the wrong week."""

RETRY_SECONDS = 3600.0

LIMIT_SECONDS = 2 * 3600.0
"""Of the process. It gives up tuning by itself, long before."""

POLL_SECONDS = 0.5

CLOSE_SECONDS = 5.0
"""A killed process ends at once, but for one that waits on a dying disk."""

COMMAND = (sys.executable, "-m", "app", "digest", "--post")

MOST_SAID = 500
"""Characters of what a failed process said last."""


class Outcome(StrEnum):
    """How the process ended."""

    SENT = "sent"
    FAILED = "failed"
    STOPPED = "stopped"
    """By the shutdown: it counts as not tried."""


class Weekly:
    """`step` looks once, and sends if it is time; `start` does so until the shutdown. `kept`: the file that outlives a
    restart. `zone`: None is this machine's."""

    def __init__(
        self,
        settings: DigestSettings,
        kept: Path,
        *,
        send: Callable[[Shutdown], Outcome] | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        zone: tzinfo | None = None,
    ) -> None:
        self._settings, self._kept, self._send = settings, kept, send or run
        self._monotonic, self._wall, self._zone = monotonic, wall, zone
        self._clock = WallClock(monotonic, wall)
        self._not_before = monotonic() + STEADY_SECONDS
        self._thread: threading.Thread | None = None

    def start(self, shutdown: Shutdown) -> None:
        """Look in the background; not at all where no message is wanted."""
        if self._settings.enabled:
            self._thread = threading.Thread(target=self._run, args=(shutdown,), name="weekly", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """After the shutdown: wait until the process that works on the message has ended, too."""
        if self._thread is not None:
            self._thread.join(CLOSE_SECONDS)

    def _run(self, shutdown: Shutdown) -> None:
        while not shutdown.wait(LOOK_SECONDS):
            try:
                self.step(shutdown)
            except (DiskFull, OSError) as error:
                self._not_before = self._monotonic() + RETRY_SECONDS
                log.error("the weekly message cannot be sent, tried again in an hour: %s", error)
            except Exception:  # whatever it is, in an hour it may go well
                self._not_before = self._monotonic() + RETRY_SECONDS
                log.exception("the weekly message cannot be sent")

    def step(self, shutdown: Shutdown) -> None:
        """Look once. Raises DiskFull or OSError if it cannot be remembered; then nothing is sent, or it would be again
        and again."""
        if self._clock.jump():
            self._not_before = self._monotonic() + STEADY_SECONDS
        if self._monotonic() < self._not_before:
            return
        when = (self._settings.weekday, self._settings.at, self._zone)
        before = self._read()
        if before is None:
            self._write(begun(self._wall(), *when))
            return
        this = wanted(self._wall(), before, *when)
        if this is not None:
            self._write(this)
            self._settle(this, self._send(shutdown))

    def _settle(self, this: Memory, outcome: Outcome) -> None:
        match outcome:
            case Outcome.SENT:
                self._write(this.model_copy(update={"settled": True}))
            case Outcome.STOPPED:
                self._write(this.model_copy(update={"tries": this.tries - 1}))
            case Outcome.FAILED if this.tries < TRIES:
                self._not_before = self._monotonic() + RETRY_SECONDS
                log.info("the weekly message is tried once more in %.0f min", RETRY_SECONDS / 60)
            case Outcome.FAILED:
                self._write(this.model_copy(update={"settled": True}))
                log.error("the message of this week is given up; `pycam digest` says what it would")

    def _read(self) -> Memory | None:
        try:
            return Memory.model_validate_json(self._kept.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            log.warning("when the last weekly message was sent cannot be read: %s", error)
            return None

    def _write(self, memory: Memory) -> None:
        make_folder(self._kept.parent)
        write_whole(self._kept, memory.model_dump_json().encode())


def run(
    shutdown: Shutdown, command: Sequence[str] = COMMAND, *, limit_seconds: float = LIMIT_SECONDS
) -> Outcome:
    """Run `command` to its end, or to the shutdown's or the limit's. Raises OSError if it cannot be started."""
    with tempfile.TemporaryFile() as said:  # a pipe that nobody empties would hold it up
        process = subprocess.Popen(
            command,
            cwd=PROJECT,
            env=environment_with_whole_paths(os.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
        )
        ends_at = time.monotonic() + limit_seconds
        try:
            while process.poll() is None:
                if shutdown.wait(POLL_SECONDS):
                    return Outcome.STOPPED
                if time.monotonic() >= ends_at:
                    log.error("the weekly message took longer than %.0f min", limit_seconds / 60)
                    return Outcome.FAILED
        finally:
            process.kill()  # nothing happens to one that has ended
            process.wait()
        if process.returncode == 0:
            return Outcome.SENT
        said.seek(0)
        words = " ".join(said.read().decode(errors="replace").split())[-MOST_SAID:]
        log.error("the weekly message failed (%d): %s", process.returncode, words or "it did not say why")
        return Outcome.FAILED
