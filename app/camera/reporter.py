"""Facts and the heartbeat, from a thread of their own: Redis is never waited for by a frame.

The heartbeat stands for the loop, not for this thread: when the loop no longer goes round, it falls silent.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import NamedTuple

from app.camera.head import HeadStatus
from app.state.facts import HEARTBEAT_SECONDS, CameraFact
from app.state.heartbeat import Pulse

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.25
"""How soon a change (armed, an event, the source lost) is told."""

FROZEN_SECONDS = 10.0
"""The loop goes round four times a second even without frames; after this long it hangs."""

RELEASED = "released"
"""The camera is let go of while disarmed: there is nothing to get done."""


class Report(NamedTuple):
    """What the process knows of itself. All but `passes`, `frames`, `attempts` and `last_frame_at` is told at once
    when it changes."""

    passes: int
    frames: int
    attempts: int
    """How often the camera was tried and gave an answer, be it a failure."""
    last_frame_at: float | None
    source_state: str
    reason: str
    watching: bool
    watching_why: str
    person_model: str | None
    person_problem: str
    event_id: str | None
    problem: str
    head: HeadStatus | None = None
    """None: the camera has no head."""


class Reporter:
    """Publishes `report()` for `camera` every HEARTBEAT_SECONDS and when it changes, until `close`."""

    def __init__(self, pulse: Pulse, camera: str, report: Callable[[], Report]) -> None:
        self._pulse, self._camera, self._report = pulse, camera, report
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reporter", daemon=True)
        self._passes, self._moved_at = -1, time.monotonic()
        self._told: tuple[object, ...] = ()
        self._counted, self._counted_at = 0, time.monotonic()
        self._fps: float | None = None
        self._frozen = False
        self._done = (0, 0)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self, timeout: float = 3.0, *, goodbye: bool = False) -> None:
        """Tell the last state and end; with a `goodbye` if the process ends as it should."""
        self._stop.set()
        self._thread.join(timeout)
        if goodbye:
            self._pulse.goodbye()

    def _run(self) -> None:
        while not self._stop.wait(LOOK_SECONDS):
            self.step(time.monotonic())
        self.step(time.monotonic())

    def step(self, now: float) -> None:
        """Tell what is new, or that all is as it was; nothing if the loop hangs. `now`: monotonic seconds."""
        report = self._report()
        if report.passes != self._passes:
            self._passes, self._moved_at = report.passes, now
        frozen = now - self._moved_at > FROZEN_SECONDS
        if frozen and not self._frozen:
            log.error("the frame loop hangs since %.0f s; the heartbeat stops", now - self._moved_at)
        self._frozen = frozen
        if frozen:
            return
        if now - self._counted_at >= HEARTBEAT_SECONDS:
            self._fps = round((report.frames - self._counted) / (now - self._counted_at), 1)
            self._counted, self._counted_at = report.frames, now
        news = tuple(report)[4:]
        self._pulse.beat(
            {f"camera:{self._camera}": self._fact(report)},
            problem=report.problem,
            at_once=news != self._told,
            progress=self._got_on(report),
        )
        self._told = news

    def _got_on(self, report: Report) -> bool:
        """Whether anything was done since the last look: a frame, or an attempt at the camera that came to an end.

        A loop that goes round while its camera hangs in a driver gets nothing done.
        """
        done = (report.frames, report.attempts)
        before, self._done = self._done, done
        return done != before or report.source_state == RELEASED

    def _fact(self, report: Report) -> CameraFact:
        head = report.head
        at = head.at if head else None
        return CameraFact(
            at=time.time(),
            source_state=report.source_state,
            reason=report.reason,
            last_frame_at=report.last_frame_at,
            fps=self._fps,
            watching=report.watching,
            watching_why=report.watching_why,
            person_model=report.person_model,
            person_problem=report.person_problem,
            event_id=report.event_id,
            head=head.kind if head else "",
            pan=at.pan if at else None,
            tilt=at.tilt if at else None,
            head_moving=head is not None and head.moving,
            head_problem=head.problem if head else "",
        )
