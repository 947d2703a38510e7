"""A real HTTP server on the loopback that misbehaves as told: it cuts, lies, hangs, ignores Range."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class ModelServer:
    """Serves `content` at every path. The lists are used up one entry a request; empty means: behave."""

    content: bytes = b""
    cut_after: list[int] = field(default_factory=list)
    """Bytes of the body after which the connection is closed."""
    statuses: list[int] = field(default_factory=list)
    """Answered instead of the content."""
    hang: bool = False
    honours_range: bool = True
    range_shift: int = 0
    """A 206 starts this many bytes beside what was asked for."""
    says_length: bool = True
    requests: list[tuple[str, str | None]] = field(default_factory=list)
    """(path, Range header) of each request that came."""
    url: str = ""


@contextmanager
def serving(server: ModelServer) -> Iterator[ModelServer]:
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range")
            server.requests.append((self.path, wanted))
            if server.hang:
                over.wait(30)
                return
            if server.statuses:
                self.send_error(server.statuses.pop(0))
                return
            start = 0
            found = re.fullmatch(r"bytes=(\d+)-", wanted or "")
            if found and server.honours_range:
                start = int(found[1]) + server.range_shift
                if start >= len(server.content):
                    self.send_error(416)
                    return
                self.send_response(206)
                self.send_header(
                    "Content-Range", f"bytes {start}-{len(server.content) - 1}/{len(server.content)}"
                )
            else:
                self.send_response(200)
            body = server.content[start:]
            if server.says_length:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: server.cut_after.pop(0)] if server.cut_after else body)

        def log_message(self, format: str, *args: object) -> None:
            """Not into the test's output."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.url = f"http://127.0.0.1:{http.server_port}"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        over.set()
        http.shutdown()
        thread.join()
        http.server_close()
