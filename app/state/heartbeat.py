"""A process says that it lives, from the place where its real work is done: to Redis and to systemd."""

from __future__ import annotations

import logging
import os
import time

from app import systemd
from app.state.connection import Client, StateUnavailable
from app.state.facts import HEARTBEAT_SECONDS, Fact, Goodbye, Heartbeat, say

log = logging.getLogger(__name__)


class Pulse:
    """Call `beat()` after each piece of work; it publishes every HEARTBEAT_SECONDS at most.

    The first one tells systemd that the process is up; each feeds its watchdog, whether Redis is there or not.
    """

    def __init__(self, client: Client, process: str, *, address: str = "") -> None:
        self._client, self._process, self._address = client, process, address
        self._started, self._last = time.time(), float("-inf")
        self._progress = self._ready = self._away = False

    def beat(
        self,
        facts: dict[str, Fact] | None = None,
        *,
        problem: str = "",
        at_once: bool = False,
        progress: bool = True,
    ) -> None:
        """Publish the heartbeat and `facts` if it is time (or `at_once`). Never raises: Redis may be away.

        `progress` False: the process lives, but got nothing done since the last call; the watchdog is not fed.
        """
        self._progress |= progress
        if not at_once and time.monotonic() - self._last < HEARTBEAT_SECONDS:
            return
        self._last = time.monotonic()
        self._tell_systemd()
        alive = Heartbeat(
            at=time.time(),
            pid=os.getpid(),
            started=self._started,
            problem=problem,
            address=self._address,
        )
        self._say({f"process:{self._process}": alive, **(facts or {})})

    def goodbye(self) -> None:
        """The process ends because it was asked to, or its work is done: its silence is no alarm.

        systemd is not told here: whoever starts anew (app/renewal.py) does not stop for it.
        """
        self._say({f"goodbye:{self._process}": Goodbye(at=time.time(), started=self._started)})

    def _tell_systemd(self) -> None:
        if not self._ready:
            systemd.notify(systemd.READY)
            self._ready = True
        if self._progress:
            systemd.notify(systemd.ALIVE)
            self._progress = False

    def _say(self, facts: dict[str, Fact]) -> None:
        try:
            say(self._client, facts)
            self._away = False
        except StateUnavailable as error:
            if not self._away:
                log.warning("nobody can be told how things are: %s", error)
            self._away = True
