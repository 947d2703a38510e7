"""A real redis-server of the test's own: empty, on a free port, nothing on disk; it can die and come back."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.demo.tied import tied

REDIS_SERVER = shutil.which("redis-server")

_START_SECONDS = 10.0


class RedisServer:
    """`with RedisServer(folder) as server:` runs it; `kill()` and `start()` play a crash and a restart."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.port = _free_port()

    @property
    def url(self) -> str:
        """What REDIS_URL would say; it stays the same over a restart."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it (again, empty) and return when it answers. It dies with the thread that does this, too (`tied`)."""
        if REDIS_SERVER is None:
            raise RuntimeError("redis-server is not installed")
        self._folder.mkdir(parents=True, exist_ok=True)
        log = self._folder / "redis.log"
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                tied([REDIS_SERVER, *self._options()]),
                stdout=out,
                stderr=out,
            )
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"redis-server did not start: {log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.01)

    def kill(self) -> None:
        """End it as a power cut would (SIGKILL). Nothing happens if it does not run."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _options(self) -> list[str]:
        return [
            *("--port", str(self.port), "--bind", "127.0.0.1"),
            *("--dir", str(self._folder), "--save", "", "--appendonly", "no"),
        ]

    def _answers(self) -> bool:
        try:
            with redis.Redis(port=self.port, socket_timeout=1, retry=Retry(NoBackoff(), 0)) as client:
                about: Any = client.info("server")
                # Another server that took the port between the look and the start must not pass for ours.
                return self._process is not None and about["process_id"] == self._process.pid
        except redis.RedisError:
            return False

    def __enter__(self) -> RedisServer:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
