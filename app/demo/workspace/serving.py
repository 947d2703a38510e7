"""The workspace's HTTP server: one port, a thread for each request."""

from __future__ import annotations

import ipaddress
import logging
import threading

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

log = logging.getLogger(__name__)


class Server:
    """Listens from the start. `port` 0 takes a free one. Raises OSError when the port is taken."""

    def __init__(self, app: Flask, host: str, port: int) -> None:
        if not ipaddress.ip_address(host).is_loopback:
            log.warning(
                "the stand-in workspace listens on %s: anyone on this network can read it and act in it", host
            )
        self._host = host
        self._server = make_server(host, port, app, threaded=True, request_handler=_Quiet)
        # The interval is how long stop() waits for the listener to look up; tests stop often.
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="workspace", daemon=True
        )

    def start(self) -> None:
        """Answer."""
        self._thread.start()

    def stop(self) -> None:
        """Close the port."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        """Where a browser finds the page; ends with a slash. 0.0.0.0 is shown as 127.0.0.1."""
        host = "127.0.0.1" if ipaddress.ip_address(self._host).is_unspecified else self._host
        return f"http://{f'[{host}]' if ':' in host else host}:{self._server.server_port}/"


class _Quiet(WSGIRequestHandler):
    """No access log: the story is told by the workspace's `on_event`."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        log.debug("%s %s", self.requestline.split(" ", 1)[0], code)
