"""Wake-ups over pub/sub: faster than polling, and never relied upon."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

import redis

from app.shutdown import Shutdown
from app.state.connection import StateUnavailable, translated
from app.state.keys import WAKE

log = logging.getLogger(__name__)


def wake(client: redis.Redis, what: str) -> None:
    """Tell whoever listens that `what` ('wishes', 'outbox') changed. Raises StateUnavailable."""
    with translated():
        client.publish(WAKE, what)


class WakeListener:
    """A thread that calls `look()` on each wake-up for `what`, at the start, and every `reread_seconds` at
    the latest (which covers lost messages and a Redis that was away). `look` may raise StateUnavailable;
    it is called again."""

    def __init__(
        self,
        client: redis.Redis,
        what: str,
        look: Callable[[], None],
        shutdown: Shutdown,
        *,
        reread_seconds: float = 2.0,
    ) -> None:
        self._client, self._what, self._look = client, what, look
        self._shutdown, self._reread = shutdown, reread_seconds
        self._thread = threading.Thread(target=self.run, name=f"wake-{what}", daemon=True)

    def start(self) -> None:
        """Begin listening in the background."""
        self._thread.start()

    def run(self) -> None:
        """Listen until shutdown; reconnect for ever."""
        away = False
        while not self._shutdown.requested:
            try:
                self._listen()
                away = False
            except StateUnavailable as error:
                if not away:
                    log.warning("wake-ups for %s are off, will keep trying: %s", self._what, error)
                away = True
                self._shutdown.wait(min(0.5, self._reread))

    def _listen(self) -> None:
        with translated(), self._client.pubsub(ignore_subscribe_messages=True) as subscription:
            subscription.subscribe(WAKE)
            self._look()
            while not self._shutdown.requested:
                message = subscription.get_message(timeout=self._reread)
                if message is None or message.get("data") == self._what:
                    self._look()
