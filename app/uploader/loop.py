"""When to upload, how long to rest after a failure, and what to say of it."""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from typing import NamedTuple

from app.settings import UploaderSettings
from app.shutdown import Shutdown
from app.store.bucket_errors import BucketError
from app.store.tagged import TaggedSample, TaggedSamples
from app.uploader.progress import Progress
from app.uploader.send import Outcome, Place, send

log = logging.getLogger(__name__)

POLL_SECONDS = 0.5
"""How soon a wish or the end is noticed while nothing is due."""

STUCK_SECONDS = 600.0
"""Longer than any one request can take: three attempts of 300 s at the most the settings allow would be more,
but then the uploader is as good as stuck, and saying so is right."""


class Round(NamedTuple):
    """One look at everything that waited. `problem`: why it ended early, or ""; `waiting`: what is left."""

    uploaded: int
    size: int
    waiting: int
    problem: str
    permanent: bool


class Uploader:
    """`step` is one round, called by one thread; the rest may be asked by any.

    `open_place` makes a bucket anew after each failure: keys may have been corrected meanwhile.
    """

    def __init__(
        self,
        samples: TaggedSamples,
        open_place: Callable[[], Place],
        settings: UploaderSettings,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._samples, self._open, self._settings = samples, open_place, settings
        self._monotonic, self._wall, self._chance = monotonic, wall, chance
        self._place: Place | None = None
        self._failures = 0
        self._failed: dict[str, int] = {}
        self._alone: set[str] = set()
        self._busy = False
        self._progressed = monotonic()
        self._wanted = True
        self.waiting = 0
        self.problem = ""
        self.last_success_at: float | None = None

    def want(self) -> None:
        """Somebody asks for a round now, whatever the last one said."""
        self._wanted = True

    def run(self, shutdown: Shutdown, begin: Callable[[], Callable[[Round], None]]) -> None:
        """A round at the start, every `every_minutes` and when wanted, until the end.

        `begin()` is called before each; what it returns hears how that round went.
        """
        due = self._monotonic()
        while not shutdown.requested:
            if self._wanted or self._monotonic() >= due:
                self._wanted = False
                answer = begin()
                result = self.step(shutdown)
                due = self._monotonic() + self.rest(result)
                answer(result)
            else:
                shutdown.wait(POLL_SECONDS)

    def step(self, shutdown: Shutdown) -> Round:
        """Upload what waits, oldest first; what failed before comes last, so that it holds nothing up."""
        self._busy, self._progressed = True, self._monotonic()
        try:
            result = self._round(shutdown)
        finally:
            self._busy = False
        if result.problem:
            self._failures += 1
            self._place = None
            if result.problem != self.problem:
                log.error("%d samples wait: %s", result.waiting, result.problem)
        else:
            if self.problem:
                log.warning("uploads work again")
            self._failures = 0
        self.problem, self.waiting = result.problem, result.waiting
        return result

    def rest(self, result: Round) -> float:
        """Seconds until the next round: longer after each failure in a row, at most `backoff_max_minutes`."""
        if not result.problem:
            return self._settings.every_minutes * 60
        most = self._settings.backoff_max_minutes * 60
        if result.permanent:
            return most
        # Half of it by chance: after an outage not every house comes back in the same second.
        pause = min(most, self._settings.backoff_seconds * 2.0 ** min(self._failures - 1, 30))
        return pause * (0.5 + self._chance() / 2)

    @property
    def is_stuck(self) -> bool:
        """Whether a round has made no progress for too long."""
        return self._busy and self._monotonic() - self._progressed > STUCK_SECONDS

    def _round(self, shutdown: Shutdown) -> Round:
        try:
            todo = self._todo()
        except OSError as error:
            return Round(0, 0, self.waiting, f"the samples cannot be looked at: {error}", False)
        self.waiting = len(todo)
        progress = Progress(len(todo), sum(sample.size() for sample in todo), self._monotonic)

        def go_on(size: int) -> bool:
            self._progressed = self._monotonic()
            progress.add(size)
            return not shutdown.requested

        problem, permanent, uploaded = "", False, 0
        for sample in todo:
            try:
                outcome = self._one(sample, go_on)
            except BucketError as error:
                self._failed[sample.id] = self._failed.get(sample.id, 0) + 1
                problem, permanent = str(error), error.permanent
                break
            except OSError as error:
                # Of this sample alone: the others need not wait. Gone to make room is no problem at all.
                if not isinstance(error, FileNotFoundError):
                    self._failed[sample.id] = self._failed.get(sample.id, 0) + 1
                    problem = f"the sample {sample.id} cannot be read or removed: {error}"
                continue
            if outcome is Outcome.STOPPED:
                break
            self._failed.pop(sample.id, None)
            progress.done_samples += 1
            uploaded += outcome is Outcome.SAFE
            self.waiting = len(todo) - progress.done_samples
        if uploaded:
            log.info("uploaded %d samples, %.1f MB", uploaded, progress.done_bytes / 1e6)
        if not problem and not shutdown.requested:
            self.last_success_at = self._wall()
        return Round(uploaded, progress.done_bytes, len(todo) - progress.done_samples, problem, permanent)

    def _todo(self) -> list[TaggedSample]:
        waiting = [s for s in self._samples.waiting() if s.record is not None or s.id not in self._alone]
        return sorted(waiting, key=lambda sample: (self._failed.get(sample.id, 0), sample.id))

    def _one(self, sample: TaggedSample, go_on: Callable[[int], bool]) -> Outcome:
        """Send one sample, and let it go if it is safe. Raises BucketError or OSError."""
        if self._place is None:
            self._place = self._open()
        outcome = send(self._place, self._settings.samples_prefix, sample, go_on)
        if outcome is Outcome.UNKNOWN:
            self._alone.add(sample.id)  # nobody else puts it there: asking once is enough until it is here
        elif outcome is Outcome.SAFE:
            self._alone.discard(sample.id)
            if self._settings.keep_local and sample.record is not None:
                self._samples.keep(sample, self._wall())
            else:
                self._samples.remove(sample)
        return outcome
