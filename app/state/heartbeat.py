"""A process says that it lives, from the place where its real work is done."""

from __future__ import annotations

import logging
import os
import time

import redis

from app.state.connection import StateUnavailable
from app.state.facts import HEARTBEAT_SECONDS, Fact, Heartbeat, say

log = logging.getLogger(__name__)


class Pulse:
    """Call `beat()` after each piece of real progress; it publishes every HEARTBEAT_SECONDS at most."""

    def __init__(self, client: redis.Redis, process: str) -> None:
        self._client, self._process = client, process
        self._started, self._last = time.time(), float("-inf")
        self._away = False

    def beat(self, facts: dict[str, Fact] | None = None, *, problem: str = "", at_once: bool = False) -> None:
        """Publish the heartbeat and `facts` if it is time (or `at_once`). Never raises: Redis may be away."""
        if not at_once and time.monotonic() - self._last < HEARTBEAT_SECONDS:
            return
        self._last = time.monotonic()
        alive = Heartbeat(at=time.time(), pid=os.getpid(), started=self._started, problem=problem)
        try:
            say(self._client, {f"process:{self._process}": alive, **(facts or {})})
            self._away = False
        except StateUnavailable as error:
            if not self._away:
                log.warning("nobody can be told how things are: %s", error)
            self._away = True
