"""systemd's end of $NOTIFY_SOCKET: hears what a process says of itself."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from types import TracebackType


class NotifySocket:
    """`with NotifySocket(folder) as systemd:` listens; `environment` makes a process talk to it."""

    def __init__(self, folder: Path) -> None:
        # Socket paths are short (108 bytes); the abstract name space has no files to clean up, either.
        self._name = f"pycam-test-{folder.name}-{time.monotonic_ns()}"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("\0" + self._name)
        self.heard: list[str] = []

    @property
    def environment(self) -> dict[str, str]:
        """What systemd would set."""
        return {"NOTIFY_SOCKET": "@" + self._name}

    def listen(self, seconds: float) -> list[str]:
        """The lines of the next message; nothing if none comes within `seconds`."""
        self._socket.settimeout(max(seconds, 0.001))
        try:
            lines = self._socket.recv(4096).decode().splitlines()
        except TimeoutError:
            return []
        self.heard += lines
        return lines

    def wait_for(self, line: str, seconds: float) -> None:
        """Until somebody says `line`; fails after `seconds`."""
        deadline = time.monotonic() + seconds
        while line not in self.listen(deadline - time.monotonic()):
            assert time.monotonic() < deadline, f"nobody said {line} within {seconds} s, only {self.heard}"

    def hear_all(self) -> list[str]:
        """All lines that were said so far."""
        while self.listen(0):
            pass
        return self.heard

    def forget(self) -> None:
        """Drop what was said so far."""
        self.hear_all()
        self.heard.clear()

    def __enter__(self) -> NotifySocket:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()
