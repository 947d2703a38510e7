"""What is refused gets a status, one line in the log, and no detail."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

log = logging.getLogger(__name__)

BURST_LINES = 30
SECONDS_PER_LINE = 10.0
"""After a burst, one line in ten seconds: a flood of forged requests writes about 1 MB of log a day, no more."""

MAX_QUOTED = 120
"""Characters of one of gunicorn's warnings: the reason and the address fit, a megabyte of garbage does not."""


class Refused(Exception):
    """A request that is not carried out. `why` goes to the log: it quotes nothing of the request."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status, self.why = status, why


class Shortened(logging.Filter):
    """Cuts warnings to MAX_QUOTED characters: gunicorn's quote what somebody outside has sent."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno == logging.WARNING and len(said := record.getMessage()) > MAX_QUOTED:
            record.msg, record.args = said[:MAX_QUOTED] + "…", None
        return True


class LogLimit(logging.Filter):
    """Lets BURST_LINES warnings pass, then one in SECONDS_PER_LINE, which says how many were left out.

    Only warnings: those are what anybody outside can cause.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._now = now
        self._budget, self._filled, self._left_out = float(BURST_LINES), now(), 0

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno != logging.WARNING:
            return True
        # Called without a lock: two threads may at worst let one line too many pass.
        moment = self._now()
        self._budget = min(BURST_LINES, self._budget + (moment - self._filled) / SECONDS_PER_LINE)
        self._filled = moment
        if self._budget < 1:
            self._left_out += 1
            return False
        self._budget -= 1
        if self._left_out:
            record.msg = f"{record.getMessage()} ({self._left_out} such lines before it were left out)"
            record.args, self._left_out = None, 0
        return True


def answer_refusals(app: Flask) -> None:
    """Make `app` answer refusals, and every error of HTTP itself, with a bare status."""
    log.filters[:] = [LogLimit()]

    @app.errorhandler(Refused)
    def refused(error: Refused) -> Response:
        log.warning("refused %s from %s: %s (%d)", request.path, request.remote_addr, error.why, error.status)
        return Response(status=error.status, mimetype="text/plain")

    @app.errorhandler(HTTPException)
    def bare(error: HTTPException) -> Response:
        return Response(status=error.code, mimetype="text/plain")
