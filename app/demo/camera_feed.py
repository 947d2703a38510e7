"""The demo's camera: a network camera that speaks MJPEG over HTTP, as many real ones do."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from app.demo.footage import VISIT_SECONDS, Hallway
from app.shutdown import Shutdown

FPS = 10
VISITS_EVERY_SECONDS = 60.0
_BOUNDARY = "frame"


class CameraFeed:
    """Serves the hallway at `url`. A visitor comes by every so often, and on `visit()`.

    `looks`: asked for each frame where the camera is turned to, pan and tilt in degrees.
    """

    def __init__(self, shutdown: Shutdown, looks: Callable[[], tuple[int, int]] = lambda: (0, 0)) -> None:
        self.hallway = Hallway()
        self._shutdown, self._looks = shutdown, looks
        self._lock = threading.Lock()
        self._visits = [time.monotonic() - VISIT_SECONDS]  # the next one in a minute, unless asked for
        feed = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                if self.path != "/camera.mjpg":
                    self.send_error(404)
                    return
                feed.stream(self)

            def log_message(self, *_arguments: object) -> None:
                """Keep quiet: the terminal tells the demo's story."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/camera.mjpg"

    def start(self) -> None:
        """Serve in the background."""
        threading.Thread(target=self._server.serve_forever, name="camera-feed", daemon=True).start()

    def stop(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()

    def visit(self, in_seconds: float = 0.0) -> None:
        """Send a visitor, unless one is just there."""
        now = time.monotonic()
        with self._lock:
            if not 0 <= now - self._visits[-1] < VISIT_SECONDS:
                self._visits = [now + in_seconds]

    def _current_visits(self, now: float) -> list[float]:
        with self._lock:
            if now - self._visits[-1] > VISITS_EVERY_SECONDS:
                self._visits = [now]
            return list(self._visits)

    def stream(self, request: BaseHTTPRequestHandler) -> None:
        """One viewer's endless multipart answer."""
        request.send_response(200)
        request.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={_BOUNDARY}")
        request.send_header("Connection", "close")
        request.end_headers()
        request.close_connection = True
        due = time.monotonic()
        while not self._shutdown.wait(due - time.monotonic()):
            due = max(due + 1 / FPS, time.monotonic())
            now = time.monotonic()
            jpeg = self.hallway.jpeg(now, self._current_visits(now), self._looks())
            head = f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
            try:
                request.wfile.write(head.encode() + jpeg + b"\r\n")
            except OSError:
                return  # the viewer has gone
