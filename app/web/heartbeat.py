"""The web process says that it lives, from a thread of its own: requests may be hours apart."""

from __future__ import annotations

import threading

from app.shutdown import Shutdown
from app.state.connection import Client
from app.state.facts import HEARTBEAT_SECONDS
from app.state.heartbeat import Pulse


def start_heartbeat(client: Client, shutdown: Shutdown) -> threading.Thread:
    """Beat until `shutdown`. gunicorn's own watchdog ends a worker that hangs, and this thread with it."""

    def beat() -> None:
        pulse = Pulse(client, "web")
        pulse.beat()
        while not shutdown.wait(HEARTBEAT_SECONDS):
            pulse.beat()

    thread = threading.Thread(target=beat, name="heartbeat", daemon=True)
    thread.start()
    return thread
