"""People who look at a live view over HTTP, in a process of their own, for bench/viewers.py."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from urllib.parse import urlsplit

PATIENCE_SECONDS = 30.0
_PICTURE = b"Content-Length: "


class Crowd:
    """As many as wanted, beside the process that is measured. `cookie`: of somebody who has signed in."""

    def __init__(self, url: str, cookie: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.live_crowd", url, cookie],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def be(self, count: int) -> int:
        """Have so many look; returns once each has a picture. How many pictures all had up to now."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{count}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        """All leave."""
        self._process.kill()
        self._process.wait()


class Viewer:
    """One of them: takes what comes, as fast as it comes. Raises OSError."""

    def __init__(self, url: str, cookie: str) -> None:
        parts = urlsplit(url)
        self.pictures = 0
        self._first = threading.Event()
        self._socket = socket.create_connection((parts.hostname, parts.port), PATIENCE_SECONDS)
        request = f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nCookie: pycam={cookie}\r\n\r\n"
        self._socket.sendall(request.encode())
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        if not self._first.wait(PATIENCE_SECONDS):
            raise OSError("there is no picture")

    def leave(self) -> int:
        """How many pictures there were."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()
        return self.pictures

    def _look(self) -> None:
        tail = b""
        while data := self._socket.recv(65_536):
            tail += data
            if found := tail.count(_PICTURE):
                self.pictures += found
                self._first.set()
            tail = tail[tail.rfind(_PICTURE) + 1 :][-len(_PICTURE) :]  # a header may come in two pieces


def main() -> None:
    """Read how many are to look, line by line; answer each with how many pictures all had so far."""
    url, cookie = sys.argv[1:]
    viewers: list[Viewer] = []
    before = 0
    for line in sys.stdin:
        while len(viewers) > int(line):
            before += viewers.pop().leave()
        while len(viewers) < int(line):
            viewers.append(Viewer(url, cookie))
        print(before + sum(viewer.pictures for viewer in viewers), flush=True)


if __name__ == "__main__":
    main()
