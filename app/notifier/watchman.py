"""Reads the heartbeats of all processes and puts what is news of them into the outbox: a thread of the notifier."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from app.notifier.lanes import ALERTS
from app.notifier.watch import News, Notice, Watch
from app.shutdown import Shutdown
from app.slack import process_messages
from app.state.connection import Client, StateUnavailable
from app.state.facts import Facts
from app.state.snapshot import read_snapshot
from app.store.files import DiskFull, write_whole
from app.store.outbox import Outbox

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
"""Heartbeats come every five; a goodbye is kept beside them and not missed."""

_TROUBLES = TypeAdapter(dict[str, float])


class Watchman:
    """`step` looks once; `start` does so until the shutdown.

    `expected`: as Watch has it. `kept`: the file that outlives a restart.
    """

    def __init__(
        self,
        client: Client,
        outbox: Outbox,
        expected: Collection[str],
        kept: Path,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._client, self._outbox, self._kept = client, outbox, kept
        self._monotonic, self._wall = monotonic, wall
        self._on_disk = self._read()
        self._watch = Watch(expected, monotonic(), self._on_disk)
        self._untold: list[tuple[str, str]] = []
        """Process and words."""
        self._problem = ""

    def start(self, shutdown: Shutdown) -> None:
        """Look in the background."""
        threading.Thread(target=self._run, args=(shutdown,), name="watchman", daemon=True).start()

    def _run(self, shutdown: Shutdown) -> None:
        while not shutdown.wait(LOOK_SECONDS):
            try:
                self.step()
            except Exception:  # whatever it is, the next look may go well
                log.exception("the other processes could not be looked after")

    def step(self) -> None:
        """Look once, and put what is news into the outbox."""
        for notice in self._watch.look(self._facts(), self._monotonic(), self._wall()):
            log.warning("%s: %s", notice.process, notice.news)
            self._untold.append((notice.process, self._text(notice)))
        try:
            self._tell()
            # Only now: a notifier that is started again takes what is on disk for told.
            self._keep()
        except (DiskFull, OSError) as error:
            self._say("what is news of the processes cannot be queued and kept, tried again: %s", error)
        else:
            self._say("what is news of the processes is queued and kept again", None)

    def _facts(self) -> Facts | None:
        try:
            return read_snapshot(self._client).facts
        except StateUnavailable:
            return None

    def _text(self, notice: Notice) -> str:
        match notice.news:
            case News.SILENT:
                return process_messages.silent(notice.process, notice.since)
            case News.RESTARTED:
                return process_messages.restarted(notice.process, notice.since)
            case News.WELL:
                return process_messages.well(notice.process, self._wall() - notice.since)

    def _tell(self) -> None:
        """Put what is not told yet into the outbox, in order. Raises DiskFull or OSError."""
        while self._untold:
            trouble, text = self._untold[0]
            self._outbox.put("post", {"channel": None, "text": text, "trouble": trouble}, lane=ALERTS)
            del self._untold[0]

    def _read(self) -> dict[str, float]:
        try:
            return _TROUBLES.validate_json(self._kept.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValidationError) as error:
            log.warning("which processes were in trouble cannot be read: %s", error)
            return {}

    def _keep(self) -> None:
        """Write what was told of, if that changed. Raises DiskFull or OSError."""
        troubles = self._watch.troubles
        if troubles != self._on_disk:
            self._kept.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._kept, _TROUBLES.dump_json(troubles))
            self._on_disk = troubles

    def _say(self, words: str, error: Exception | None) -> None:
        """Log a change for the worse or the better, not each of the attempts between."""
        problem = type(error).__name__ if error else ""
        if problem != self._problem:
            if error:
                log.error(words, error)
            else:
                log.warning(words)
        self._problem = problem
