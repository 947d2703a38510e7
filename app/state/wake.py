"""Wake-ups over pub/sub: faster than polling, and never relied upon."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

import redis

from app.shutdown import Shutdown
from app.state.connection import StateUnavailable, translated
from app.state.keys import WAKE

log = logging.getLogger(__name__)

_SHUTDOWN_SECONDS = 0.2
"""How long the end of the process may go unnoticed while listening."""

_RETRY_SECONDS = 0.5
"""Pause between two attempts to reach Redis: a wish must not wait longer once it is back."""


def wake(client: redis.Redis, what: str) -> None:
    """Tell whoever listens that `what` ('wishes', 'outbox') changed. Raises StateUnavailable."""
    with translated():
        client.publish(WAKE, what)


class WakeListener:
    """A thread that calls `look()` on each wake-up for `what`, at the start, and every `reread_seconds` at
    the latest (which covers lost messages and a Redis that was away). `look` may raise StateUnavailable;
    it is called again. Any other error is logged and `look` is called again, too: a listener that had died
    would leave a process with old orders for ever."""

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
        self._away = False
        self._thread = threading.Thread(target=self.run, name=f"wake-{what}", daemon=True)

    def start(self) -> None:
        """Begin listening in the background."""
        self._thread.start()

    def join(self, seconds: float) -> bool:
        """Wait at most `seconds` for the end, which follows the shutdown. True if it has ended."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def run(self) -> None:
        """Listen until shutdown; reconnect for ever."""
        while not self._shutdown.requested:
            try:
                self._listen()
            except StateUnavailable as error:
                if not self._away:
                    log.warning("wake-ups for %s are off, will keep trying: %s", self._what, error)
                self._away = True
            except Exception:
                log.exception("what follows a wake-up for %s failed, will try again", self._what)
            self._shutdown.wait(min(_RETRY_SECONDS, self._reread))

    def _listen(self) -> None:
        with translated(), self._client.pubsub(ignore_subscribe_messages=True) as subscription:
            subscription.subscribe(WAKE)
            while not self._shutdown.requested:
                self._look()
                if self._away:
                    log.warning("wake-ups for %s are on again", self._what)
                    self._away = False
                self._wait_for(subscription)

    def _wait_for(self, subscription: redis.client.PubSub) -> None:
        """Until a message for us, the time to look anyway (however many messages for others come) or the end."""
        due = time.monotonic() + self._reread
        while (left := due - time.monotonic()) > 0 and not self._shutdown.requested:
            message = subscription.get_message(timeout=min(left, _SHUTDOWN_SECONDS))
            if message is not None and message.get("data") == self._what:
                return
