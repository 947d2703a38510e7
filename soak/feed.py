"""Network cameras that show a hallway, and a visitor exactly when one was sent: so what was to be seen is known."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from app.demo.footage import VISIT_SECONDS, Hallway
from soak.truth import FOREVER, Span, Truth, Visit

FPS = 8
_BOUNDARY = "frame"
_VIEWER_PATIENCE_SECONDS = 30.0
"""A halted viewer takes no frames; one that takes none for this long has gone."""


class Feed:
    """`url(camera)` is MJPEG over HTTP; `visit` sends somebody. Frames are drawn once, at the start."""

    def __init__(self, cameras: Sequence[str], truth: Truth) -> None:
        self._truth = truth
        hallway = Hallway()
        self._empty = [hallway.jpeg(at / 10, ()) for at in range(5)]
        self._visit = [hallway.jpeg(at / FPS, (0.0,)) for at in range(int(VISIT_SECONDS * FPS))]
        self._began = dict.fromkeys(cameras, 0.0)
        self._lock = threading.Lock()
        self.views: dict[str, list[Span]] = {camera: [] for camera in cameras}
        """When each camera was being looked through."""
        self._ended = threading.Event()
        feed = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                camera = self.path.removeprefix("/").removesuffix(".mjpg")
                if camera in feed.views:
                    feed._stream(self, camera)
                else:
                    self.send_error(404)

            def log_message(self, *_arguments: object) -> None:
                """Nobody needs to know."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_arguments: object) -> None:
                """A viewer that was killed is what this is about."""

        self._server = Server(("127.0.0.1", 0), Handler)

    def start(self) -> None:
        """Serve in the background."""
        threading.Thread(target=self._server.serve_forever, name="feed", daemon=True).start()

    def stop(self) -> None:
        """Stop serving."""
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()

    def url(self, camera: str) -> str:
        """The source of `camera`."""
        return f"http://127.0.0.1:{self._server.server_port}/{camera}.mjpg"

    def visit(self, camera: str) -> bool:
        """Send a visitor; False if one is there, or was a moment ago."""
        now = time.time()
        with self._lock:
            if now - self._began[camera] < VISIT_SECONDS + 6:
                return False
            self._began[camera] = now
        self._truth.visits.append(Visit(camera, now, now + VISIT_SECONDS))
        return True

    def is_watched(self, camera: str, since: float) -> bool:
        """Whether a viewer came after `since` and is still there."""
        return any(view.begin > since and view.end == FOREVER for view in list(self.views[camera]))

    def _frame(self, camera: str, number: int) -> bytes:
        at = int((time.time() - self._began[camera]) * FPS)
        return self._visit[at] if 0 <= at < len(self._visit) else self._empty[number % len(self._empty)]

    def _stream(self, request: BaseHTTPRequestHandler, camera: str) -> None:
        request.connection.settimeout(_VIEWER_PATIENCE_SECONDS)
        request.send_response(200)
        request.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={_BOUNDARY}")
        request.send_header("Connection", "close")
        request.end_headers()
        request.close_connection = True
        view = Span(camera, time.time())
        self.views[camera].append(view)
        due, number = time.monotonic(), 0
        try:
            while not self._ended.wait(due - time.monotonic()):
                due, number = max(due + 1 / FPS, time.monotonic()), number + 1
                jpeg = self._frame(camera, number)
                head = f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
                request.wfile.write(head.encode() + jpeg + b"\r\n")
        except OSError:
            pass  # the viewer has gone
        finally:
            view.end = time.time()
