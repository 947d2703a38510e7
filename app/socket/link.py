"""Keeps one proven connection to Slack: open, prove, watch, replace. `step` works, its caller repeats it."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from threading import Thread
from typing import Protocol

from app.slack.errors import SlackError
from app.slack.socket_connection import Hello

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds. `deaf` is four pings of slack_sdk, which also gives up after four."""

    hello: float = 10.0
    """Slack greets within a fraction of a second."""
    deaf: float = 20.0
    overstay: float = 600.0
    """Beyond the lifetime Slack announced: it has forgotten this connection."""
    grace: float = 10.0
    """A replaced connection may still deliver: Slack's warning comes about ten seconds before the end."""
    steady: float = 60.0
    """A connection that held this long starts the pauses anew."""
    first: float = 1.0
    longest: float = 60.0
    owner: float = 300.0
    """When a person has to act (a revoked token), asking more often only fills the log."""


LINK_DISABLED = "Socket Mode was switched off for this app: switch it on (api.slack.com/apps, Socket Mode)"


class Opened(Protocol):
    """What Link needs of a connection; app.slack.socket_connection.Connection has it."""

    hello: Hello | None
    leaving: str

    @property
    def ended(self) -> str: ...
    def age(self) -> float: ...
    def silence(self) -> float: ...
    def close(self) -> None: ...


class Link:
    """`problem` is empty exactly while a connection is proven: greeted by Slack and heard of since.

    `open_` makes a connection or raises SlackError. `clock`: monotonic seconds. `chance`: 0..1.
    """

    def __init__(
        self,
        open_: Callable[[], Opened],
        clock: Callable[[], float],
        *,
        patience: Patience | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._open, self._clock, self._chance = open_, clock, chance
        self._patience = patience or Patience()
        self._current: Opened | None = None
        self._greeted = False
        self._replaced: list[tuple[Opened, float]] = []
        self._failures = 0
        self._next_try = float("-inf")
        self._why = "connecting to Slack"

    @property
    def problem(self) -> str:
        """Why nothing from Slack can arrive now; empty if it can."""
        alive = (self._current, *(old for old, _ in self._replaced))
        return "" if any(self._is_proven(one) for one in alive if one is not None) else self._why

    def step(self) -> None:
        """One look. Takes as long as an attempt to connect, when one is due."""
        self._retire_replaced()
        if self._current is None:
            if self._clock() >= self._next_try:
                self._connect()
            return
        if self._current.hello is not None:
            self._greet(self._current.hello)
        if (ended := self._current.ended) != "":
            self._lost(f"the connection ended ({ended})")
        elif self._current.leaving:
            self._replace(self._current.leaving)
        elif self._current.hello is None:
            if self._current.age() > self._patience.hello:
                self._lost("Slack did not greet")
        elif self._current.silence() > self._patience.deaf:
            self._lost(f"the connection is deaf: nothing heard for {self._current.silence():.0f} s")
        elif self._overstays(self._current, self._current.hello):
            self._replace("it is older than Slack said it would get")

    def close(self) -> None:
        """End every connection, one after the other."""
        for old, _ in self._replaced:
            old.close()
        if self._current is not None:
            self._current.close()
        self._replaced, self._current, self._why = [], None, "ended"

    def _connect(self) -> None:
        try:
            self._current = self._open()
            self._greeted = False
        except SlackError as error:
            self._pause(str(error), at_least=error.retry_after or 0.0, owner=bool(error.advice))

    def _greet(self, hello: Hello) -> None:
        if self._greeted:
            return
        self._greeted = True
        log.info("connected to Slack")
        others = hello.connections - 1 - len(self._replaced)
        if others > 0:
            log.warning(
                "Slack counts %d more connection(s) of this app: another pycam with the same app would take "
                "some of the commands away. Each needs an app of its own",
                others,
            )

    def _lost(self, why: str) -> None:
        """Give the present connection up; it cannot be trusted to deliver anything more."""
        lost, self._current = self._current, None
        if lost is not None:
            Thread(target=lost.close, name="close", daemon=True).start()  # takes seconds on a dead line
            self._after(lost, why, logging.WARNING)

    def _replace(self, why: str) -> None:
        """Open a new one first: what Slack still sends by the old one is taken, too."""
        old, self._current = self._current, None
        if old is not None:
            self._replaced.append((old, self._clock() + self._patience.grace))
            if why == "link_disabled":
                self._pause(LINK_DISABLED, owner=True)
            else:
                self._after(old, f"Slack asks for a new connection ({why})", logging.INFO)

    def _after(self, connection: Opened, why: str, level: int) -> None:
        if connection.hello is not None and connection.age() >= self._patience.steady:
            self._failures = 0
            self._why, self._next_try = why, self._clock()
            log.log(level, "%s; connecting anew", why)
        else:
            self._pause(why)

    def _pause(self, why: str, *, at_least: float = 0.0, owner: bool = False) -> None:
        self._failures += 1
        patience = self._patience
        pause = min(patience.longest, patience.first * 2.0 ** min(self._failures - 1, 30))
        # Half of it by chance: after an outage not everybody comes back in the same second.
        pause = max(pause * (0.5 + self._chance() / 2), at_least, patience.owner if owner else 0.0)
        if owner or why != self._why:
            log.log(logging.ERROR if owner else logging.WARNING, "%s; next attempt in %.0f s", why, pause)
        self._why, self._next_try = why, self._clock() + pause

    def _retire_replaced(self) -> None:
        kept = []
        for old, until in self._replaced:
            if old.ended or self._clock() >= until:
                Thread(target=old.close, name="close", daemon=True).start()
            else:
                kept.append((old, until))
        self._replaced = kept

    def _is_proven(self, connection: Opened) -> bool:
        fresh = connection.silence() <= self._patience.deaf
        return connection.hello is not None and not connection.ended and fresh

    def _overstays(self, connection: Opened, hello: Hello) -> bool:
        return hello.lifetime is not None and connection.age() > hello.lifetime + self._patience.overstay
