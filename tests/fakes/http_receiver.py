"""Somebody who takes Apprise's json:// messages over HTTP on loopback, or answers otherwise."""

from __future__ import annotations

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any


class HttpReceiver:
    """`got`: what was taken, oldest first. `status`: the answer. `hold()`: no answer until `release()` or the end."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.asked = 0
        self.status = 200
        self.refuses_pictures = False
        self._go_on = threading.Event()
        self._go_on.set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def url(self, path: str = "alerts", more: str = "") -> str:
        """As NOTIFY has it."""
        return f"json://127.0.0.1:{self.port}/{path}{more}"

    def hold(self) -> None:
        """Answer nobody from now on."""
        self._go_on.clear()

    def release(self) -> None:
        """Answer again, those who still wait as well."""
        self._go_on.set()

    def texts(self) -> list[str]:
        """Title and message of each."""
        return [f"{message['title']}\n{message['message']}" for message in self.got]

    def pictures(self) -> list[list[bytes]]:
        """The attachments of each."""
        return [[base64.b64decode(part["base64"]) for part in message["attachments"]] for message in self.got]

    def __enter__(self) -> HttpReceiver:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                receiver.asked += 1
                receiver._go_on.wait()
                too_much = receiver.refuses_pictures and body["attachments"]
                status = 413 if too_much else receiver.status
                if status < 300:
                    receiver.got.append(body)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_args: object) -> None:
                """Nobody reads it."""

        return Handler
