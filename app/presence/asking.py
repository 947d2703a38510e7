"""One round of questions to all routers, each in a thread of its own: a router that hangs holds up nothing.

A library may have no time-out, or one that a dripping answer never meets. So the answer is awaited until the
deadline and not longer. A thread cannot be ended: one that stays stuck is left to itself, and its router is asked
through a new adapter (the old one is the thread's). That is done MOST_STUCK times; then only a new process helps.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from app.presence.evidence import Reply
from app.presence.routers.router import NoAnswer, Router, Sightings
from app.presence.schedule import rest_seconds
from app.settings import PresenceSettings

log = logging.getLogger(__name__)


MOST_STUCK = 3
"""Threads of one router that may be stuck at once: each holds a stack, a socket and a session on the router."""


class _Question:
    """One poll of one router, under way since `asked` (monotonic). Exactly one of `sightings` and `failure` is set
    when it is over.
    """

    def __init__(self, router: Router, asked: float) -> None:
        self._router = router
        self.asked = asked
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
        self.stuck: list[_Question] = []
        self.asked_this_round = False
        self.failures = 0
        self.rests_until = float("-inf")
        self.last = Reply(router.name, router.tells, None, "it was not asked yet")


class Asker:
    """`ask()` begins a round, `replies()` ends it. Times are monotonic seconds.

    `reopen(index)`: a new adapter for the router of that place; raises NoAnswer.
    """

    def __init__(
        self, routers: Sequence[Router], settings: PresenceSettings, *, reopen: Callable[[int], Router]
    ) -> None:
        self._lines = [_Line(router) for router in routers]
        self._settings = settings
        self._reopen = reopen
        self._deadline: float | None = None

    @property
    def asking(self) -> bool:
        """Whether a round is under way."""
        return self._deadline is not None

    def ask(self, now: float) -> None:
        """Begin a round: every router is asked, but for those that rest or still owe an answer."""
        self._deadline = now + self._settings.timeout_seconds
        for index, line in enumerate(self._lines):
            line.stuck = [question for question in line.stuck if not question.over]
            if line.question is not None and line.question.over:
                line.question = None  # what it said came too late to be believed
            self._abandon_if_stuck(index, line, now)
            line.asked_this_round = line.question is None and now >= line.rests_until
            if line.asked_this_round:
                line.question = _Question(line.router, now)

    def is_clogged(self, now: float) -> bool:
        """Whether a router cannot be asked any more: MOST_STUCK questions to it hang for good, and so does one more.

        Not before that it is unknown who is home was told: a new process counts `unknown_seconds` anew.
        """
        patience = self._patience() + self._settings.unknown_seconds
        return any(
            len(line.stuck) >= MOST_STUCK
            and self._hangs(line, now)
            and not any(question.over for question in line.stuck)
            and now - line.stuck[0].asked > patience
            for line in self._lines
        )

    def _abandon_if_stuck(self, index: int, line: _Line, now: float) -> None:
        if line.question is None or not self._hangs(line, now) or len(line.stuck) >= MOST_STUCK:
            return
        try:
            router = self._reopen(index)
        except NoAnswer as failure:
            log.error("%s hangs and cannot be opened anew: %s", line.router.name, failure)
            return
        log.error("a question to %s hangs for good and is given up", line.router.name)
        line.stuck.append(line.question)
        line.router, line.question = router, None

    def _hangs(self, line: _Line, now: float) -> bool:
        """For so long that no answer is to be hoped for."""
        question = line.question
        return question is not None and not question.over and now - question.asked >= self._patience()

    def _patience(self) -> float:
        """The deadline, and the longest rest on top: a library with a time-out of its own has given up by then."""
        return self._settings.timeout_seconds + self._settings.backoff_max_seconds

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
