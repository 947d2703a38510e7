"""Notices on their way to the outbox, each at least once: what cannot be queued now is queued later, in order.

They are kept with what they tell of (memory.py) before anything is done about it, and forgotten once they lie in
the outbox. Killed in between, the process puts them again under the same name: still waiting, they are replaced;
already sent, they are said twice, which is better than never.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from secrets import token_hex

from app.presence.memory import Untold
from app.slack.messages import Message
from app.state.connection import Client, StateUnavailable
from app.state.wake import wake
from app.store.files import DiskFull
from app.store.outbox import Outbox

log = logging.getLogger(__name__)

RETRY_SECONDS = 5.0
"""After the outbox took nothing: a disk that is full stays so for a while."""


class Teller:
    """`add` first, keep `untold`, then `deliver`. `untold`: what an earlier process owed."""

    def __init__(self, client: Client, outbox: Outbox, untold: Iterable[Untold] = ()) -> None:
        self._client, self._outbox = client, outbox
        self._untold = list(untold)
        self._next_attempt = float("-inf")
        self._failing = False

    @property
    def untold(self) -> tuple[Untold, ...]:
        """What is not in the outbox yet, in the order in which it is to be read."""
        return tuple(self._untold)

    def add(self, messages: Iterable[Message]) -> None:
        """Owe these from now on."""
        for text, blocks in messages:
            self._untold.append(Untold(once=f"presence-{token_hex(8)}", text=text, blocks=tuple(blocks)))

    def deliver(self, now: float) -> None:
        """Put what is owed into the outbox. Never raises for want of room. `now`: monotonic seconds."""
        if not self._untold or now < self._next_attempt:
            return
        try:
            while self._untold:
                notice = self._untold[0]
                payload = {"channel": None, "text": notice.text, "blocks": list(notice.blocks)}
                self._outbox.put("post", payload, lane="alerts", once=notice.once)
                del self._untold[0]
        except (DiskFull, OSError) as error:
            self._next_attempt = now + RETRY_SECONDS
            if not self._failing:
                log.error("a notice cannot be queued, tried again until it can: %s", error)
            self._failing = True
        else:
            if self._failing:
                log.warning("notices can be queued again")
            self._failing = False
        try:
            wake(self._client, "outbox")
        except StateUnavailable:
            log.debug("the notifier was not woken; it looks by itself")
