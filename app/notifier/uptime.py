"""Counts how long pycam ran and each camera watched: a thread of the notifier, for the weekly message."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence

from app.shutdown import Shutdown
from app.state.connection import Client, StateUnavailable
from app.state.facts import STALE_SECONDS, CameraFact, Facts
from app.state.snapshot import read_snapshot
from app.store.files import DiskFull
from app.store.uptime import HOUR_SECONDS, WRITE_SECONDS, CameraTime, Hour, Hours, Uptime

log = logging.getLogger(__name__)

LOOK_SECONDS = 10.0

CLOSE_SECONDS = 3.0

KEPT_HOURS = 9 * 24
"""A week, and the hours of a clock that was wrong for a while."""


class UptimeCount:
    """`step` counts what has passed since the last one; `start` does so until the shutdown."""

    def __init__(
        self,
        client: Client,
        cameras: Sequence[str],
        kept: Uptime,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._client, self._cameras, self._kept = client, cameras, kept
        self._monotonic, self._wall = monotonic, wall
        self._hours = kept.read()
        self._counted = self._written = monotonic()
        self._failed = False
        self._thread: threading.Thread | None = None

    def start(self, shutdown: Shutdown) -> None:
        """Count in the background."""
        self._thread = threading.Thread(target=self._run, args=(shutdown,), name="uptime", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """After the shutdown: wait until the last minutes are written down."""
        if self._thread is not None:
            self._thread.join(CLOSE_SECONDS)

    def _run(self, shutdown: Shutdown) -> None:
        ends = False
        while not ends:
            ends = shutdown.wait(LOOK_SECONDS)
            try:
                self.step(last=ends)
            except Exception:  # whatever it is, the next look may go well
                log.exception("how long pycam runs cannot be counted")

    def step(self, *, last: bool = False) -> None:
        """Count, and write it down now and then and at the end."""
        now = self._monotonic()
        passed, self._counted = now - self._counted, now
        add(self._hours, self._wall(), passed, self._facts(), self._cameras)
        if last or now - self._written >= WRITE_SECONDS:
            self._written = now
            self._write()

    def _facts(self) -> Facts | None:
        try:
            return read_snapshot(self._client).facts
        except StateUnavailable:
            return None

    def _write(self) -> None:
        try:
            self._kept.write(self._hours)
        except (DiskFull, OSError) as error:
            if not self._failed:
                log.warning("how long pycam ran cannot be written down, tried again: %s", error)
            self._failed = True
        else:
            self._failed = False


def add(hours: Hours, wall: float, passed: float, facts: Facts | None, cameras: Sequence[str]) -> None:
    """Put the `passed` seconds before `wall` (since the epoch) into their hour. `facts` None: Redis gives none."""
    number = int(wall // HOUR_SECONDS)
    hour = hours.get(number, Hour())
    if facts is None:
        hours[number] = hour.model_copy(update={"ran": hour.ran + passed})
    else:
        told = {name: facts.camera.get(name) for name in cameras}
        hours[number] = Hour(
            ran=hour.ran + passed,
            heard=hour.heard + passed,
            cameras=hour.cameras
            | {
                name: _added(hour.cameras.get(name, CameraTime()), fact, wall, passed)
                for name, fact in told.items()
            },
        )
    while len(hours) > KEPT_HOURS:
        del hours[max(hours, key=lambda other: abs(other - number))]


def _added(time_of: CameraTime, fact: CameraFact | None, wall: float, passed: float) -> CameraTime:
    if fact is None or abs(wall - fact.at) > STALE_SECONDS:
        return time_of
    return CameraTime(
        known=time_of.known + passed,
        armed=time_of.armed + passed * fact.watching,
        watched=time_of.watched + passed * (fact.watching and fact.source_state == "running"),
    )
