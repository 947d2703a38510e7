"""One round of questions to all routers, each in a thread of its own: a router that hangs holds up nothing.

A library may have no time-out, or one that a dripping answer never meets. So the answer is awaited until the
deadline and not longer; a thread that is stuck is left to itself, and no second one is sent after it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence

from app.presence.evidence import Reply
from app.presence.routers.router import NoAnswer, Router, Sightings
from app.presence.schedule import rest_seconds
from app.settings import PresenceSettings

log = logging.getLogger(__name__)


class _Question:
    """One poll of one router, under way. Exactly one of `sightings` and `failure` is set when it is over."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self.sightings: Sightings | None = None
        self.failure: NoAnswer | None = None
        self._thread = threading.Thread(target=self._ask, name=f"ask {router.name}", daemon=True)
        self._thread.start()

    @property
    def over(self) -> bool:
        """Whether there is an outcome."""
        return not self._thread.is_alive()

    def _ask(self) -> None:
        try:
            self.sightings = self._router.poll()
        except NoAnswer as failure:
            self.failure = failure
        except Exception as error:
            log.exception("asking %s failed in a way nobody thought of", self._router.name)
            self.failure = NoAnswer(f"asking it failed ({type(error).__name__})")


class _Line:
    """What is going on with one router."""

    def __init__(self, router: Router) -> None:
        self.router = router
        self.question: _Question | None = None
        self.asked_this_round = False
        self.failures = 0
        self.rests_until = float("-inf")
        self.last = Reply(router.name, router.tells, None, "it was not asked yet")


class Asker:
    """`ask()` begins a round, `replies()` ends it. Times are monotonic seconds."""

    def __init__(self, routers: Sequence[Router], settings: PresenceSettings) -> None:
        self._lines = [_Line(router) for router in routers]
        self._settings = settings
        self._deadline: float | None = None

    @property
    def asking(self) -> bool:
        """Whether a round is under way."""
        return self._deadline is not None

    def ask(self, now: float) -> None:
        """Begin a round: every router is asked, but for those that rest or still owe an answer."""
        self._deadline = now + self._settings.timeout_seconds
        for line in self._lines:
            if line.question is not None and line.question.over:
                line.question = None  # what it said came too late to be believed
            line.asked_this_round = line.question is None and now >= line.rests_until
            if line.asked_this_round:
                line.question = _Question(line.router)

    def replies(self, now: float) -> list[Reply] | None:
        """What each router answered; None while there is still time to."""
        if self._deadline is None:
            return None
        waiting = [line for line in self._lines if line.asked_this_round and not _is_over(line)]
        if waiting and now < self._deadline:
            return None
        self._deadline = None
        return [self._conclude(line, now) for line in self._lines]

    def _conclude(self, line: _Line, now: float) -> Reply:
        if not line.asked_this_round:
            # Left alone for now: what it said before is the reason, and no sighting.
            return line.last._replace(sightings=None)
        if not _is_over(line):
            late = f"no answer within {self._settings.timeout_seconds:g} s"
            return self._failed(line, NoAnswer(late), now)
        question, line.question = line.question, None
        assert question is not None  # noqa: S101 — for the type checker: it was asked in this round
        if question.failure is not None:
            return self._failed(line, question.failure, now)
        if line.failures:
            log.warning("%s answers again", line.router.name)
        line.failures = 0
        line.last = Reply(line.router.name, line.router.tells, question.sightings)
        return line.last

    def _failed(self, line: _Line, failure: NoAnswer, now: float) -> Reply:
        line.failures += 1
        rest = rest_seconds(line.failures, refused=failure.refused, settings=self._settings)
        line.rests_until = now + rest
        if line.last.problem != str(failure):
            log.warning("%s gives no answer, next attempt in %.0f s: %s", line.router.name, rest, failure)
        line.last = Reply(line.router.name, line.router.tells, None, str(failure), failure.refused)
        return line.last


def _is_over(line: _Line) -> bool:
    return line.question is not None and line.question.over
