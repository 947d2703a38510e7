"""The notifier's loop: look what is due, hand each lane's head to a thread, look again."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from app.notifier import lanes
from app.notifier.courier import Courier
from app.notifier.ledger import Ledger
from app.settings.notify import MAX_TARGETS
from app.shutdown import Shutdown
from app.store.outbox import Item

log = logging.getLogger(__name__)

POLL_SECONDS = 0.5
"""How often the folder is looked at without a wake-up: all the delay there is when Redis is away."""

OTHER_LANES = 4
"""Threads for everything but the text of alerts, which has one to itself: however many replies and pictures
hang, an alert never queues behind them."""

STUCK_SECONDS = 15.0


class Notifier:
    """`look()` may be called by any thread, at any time; it starts what is due and returns at once.

    `hear`: told of all that waits at each look, before anything of it is begun; it must not take long.
    """

    def __init__(
        self,
        ledger: Ledger,
        courier: Courier,
        *,
        hear: Callable[[Sequence[Item]], None] = lambda _items: None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ledger, self._courier, self._hear, self._monotonic = ledger, courier, hear, monotonic
        self._alerts = ThreadPoolExecutor(1, thread_name_prefix="alerts")
        self._others = ThreadPoolExecutor(OTHER_LANES, thread_name_prefix="lane")
        # One thread a target, begun when it is needed: one that hangs holds up no other, and nothing of Slack's.
        self._besides = ThreadPoolExecutor(MAX_TARGETS, thread_name_prefix="besides")
        # Held while the folder is read, so that no work ends between reading an item and judging its lane.
        self._lock = threading.Lock()
        self._busy: set[str] = set()
        self._resting: dict[str, float] = {}
        self._waiting: list[Item] = []
        self._closed = False
        self._looked_at = monotonic()

    def run(self, shutdown: Shutdown) -> None:
        """Look until the end is asked for."""
        while not shutdown.requested:
            shutdown.wait(self.look())

    def look(self) -> float:
        """Start what is due; seconds until it is worth looking again (POLL_SECONDS at most)."""
        with self._lock:
            if self._closed:
                return POLL_SECONDS
            try:
                items = self._ledger.pending()
            except OSError as error:
                log.error("the outbox cannot be read, will keep trying: %s", error)
                return POLL_SECONDS
            now = self._looked_at = self._monotonic()
            self._waiting = items
            self._hear(items)
            self._resting = {item.id: self._resting[item.id] for item in items if item.id in self._resting}
            ready, next_in = lanes.due(items, self._busy, self._resting, now)
            for item in ready:
                self._start(item)
        return POLL_SECONDS if next_in is None else min(POLL_SECONDS, next_in)

    def waiting(self) -> list[Item]:
        """What waited when the folder was last read, oldest first."""
        return self._waiting

    @property
    def is_stuck(self) -> bool:
        """Whether the folder was not read for too long."""
        return self._monotonic() - self._looked_at > STUCK_SECONDS

    def close(self) -> None:
        """Start nothing more and wait for the requests in hand (each ends by the notifier's time-out)."""
        with self._lock:
            self._closed = True
        for pool in (self._alerts, self._others, self._besides):
            pool.shutdown(wait=True, cancel_futures=True)

    def _start(self, item: Item) -> None:
        lane = lanes.lane_of(item)
        self._busy |= {lane, item.id}
        self._pool_of(item, lane).submit(self._work, item, lane)

    def _pool_of(self, item: Item, lane: str) -> ThreadPoolExecutor:
        if item.kind == "notify":
            return self._besides
        return self._alerts if lane == lanes.ALERTS else self._others

    def _work(self, item: Item, lane: str) -> None:
        rest = POLL_SECONDS
        try:
            rest = self._courier.attempt(item)
        finally:
            with self._lock:
                self._busy -= {lane, item.id}
                self._resting[item.id] = self._monotonic() + rest
            self.look()
