"""A router's web page over real HTTP: it logs in, lists devices, ends sessions, locks accounts, hangs and lies."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs

LOGIN_PAGE = (
    "<!DOCTYPE html><html><body><form action='/login'>Password: <input name='p'></form></body></html>"
)


class FakeRouter:
    """`with FakeRouter() as router:` serves /login (form: user, pass; answers a token and a cookie) and /devices.

    `devices`: what it lists. `fault`: None, or what /devices does instead: 'hang', 'drip', 'html', 'empty', 'half',
    'cut', 'redirect', 'error', 'elsewhere' (JSON of something else), 'huge'.
    """

    def __init__(self) -> None:
        self.username, self.password = "admin", "correct horse"
        self.devices: list[dict[str, Any]] = []
        self.fault: str | None = None
        self.logins = 0
        self.refused = 0
        self.asked = 0
        self._tokens: set[str] = set()
        self._gone = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def connect(self, mac: str, name: str = "phone") -> None:
        self.devices = [*(d for d in self.devices if d["mac"] != mac), {"mac": mac, "name": name, "on": 1}]

    def disconnect(self, mac: str) -> None:
        self.devices = [d for d in self.devices if d["mac"] != mac]

    def end_sessions(self) -> None:
        self._tokens.clear()

    def settings(self, **changes: Any) -> dict[str, Any]:
        """The entry of `presence.routers` that describes it."""
        return {
            "kind": "http_json",
            "login": {
                "url": f"{self.url}/login",
                "method": "POST",
                "form": {"user": "{username}", "pass": "{password}"},
            },
            "token": {"path": "session.token"},
            "list": {"url": f"{self.url}/devices?t={{token}}", "headers": {"X-Token": "{token}"}},
            "path": "data.devices",
            "mac": "mac",
            "name": "name",
            "active": "on",
            **changes,
        }

    def __enter__(self) -> FakeRouter:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._gone.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _log_in(self, form: dict[str, list[str]]) -> tuple[int, str]:
        if form != {"user": [self.username], "pass": [self.password]}:
            self.refused += 1
            return 403, "{}"
        self.logins += 1
        token = f"tok+en/{self.logins}"
        self._tokens.add(token)
        return 200, json.dumps({"session": {"token": token}})

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        router = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, format: str, *args: object) -> None:
                pass

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                status, text = router._log_in(parse_qs(body))
                self._say(status, text, {"Set-Cookie": "seen=yes; Path=/"} if status == 200 else {})

            def do_GET(self) -> None:
                router.asked += 1
                query = parse_qs(self.path.partition("?")[2])
                token = self.headers.get("X-Token")
                inside = token in router._tokens and query.get("t") == [token]
                if not inside or "seen=yes" not in (self.headers.get("Cookie") or ""):
                    self._say(200, LOGIN_PAGE)  # as routers do: the login page, and "200 OK"
                    return
                act = getattr(self, f"_{router.fault}") if router.fault else self._list
                act()

            def _list(self) -> None:
                self._say(
                    200, json.dumps({"data": {"devices": router.devices, "count": len(router.devices)}})
                )

            def _html(self) -> None:
                self._say(200, LOGIN_PAGE)

            def _empty(self) -> None:
                self._say(200, json.dumps({"data": {"devices": [], "count": 0}}))

            def _half(self) -> None:
                half = router.devices[: len(router.devices) // 2]
                self._say(200, json.dumps({"data": {"devices": half, "count": len(router.devices)}}))

            def _elsewhere(self) -> None:
                self._say(200, json.dumps({"error": "please sign in to Hotel Wi-Fi"}))

            def _error(self) -> None:
                self._say(503, "busy")

            def _redirect(self) -> None:
                self._say(302, "", {"Location": f"{router.url}/stolen"})

            def _cut(self) -> None:
                text = json.dumps({"data": {"devices": router.devices}}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text[: len(text) // 2])
                self.close_connection = True

            def _huge(self) -> None:
                self._say(200, "[" + "1," * 2_000_000 + "1]")

            def _hang(self) -> None:
                router._gone.wait(60)
                self.close_connection = True

            def _drip(self) -> None:
                self.send_response(200)
                self.send_header("Content-Length", "100000")
                self.end_headers()
                while not router._gone.wait(0.05):
                    self.wfile.write(b" ")
                    self.wfile.flush()

            def _say(self, status: int, text: str, headers: dict[str, str] | None = None) -> None:
                body = text.encode()
                self.send_response(status)
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def handle(self) -> None:
                try:
                    super().handle()
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

        return Handler
