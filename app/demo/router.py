"""The demo's router: it wants a login, then lists who is on the Wi-Fi as JSON, as the seed's router did."""

from __future__ import annotations

import json
import secrets
import threading
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

USERNAME, PASSWORD = "admin", "demo-router"  # of a server on 127.0.0.1 that lives as long as the demo

PHONES = {"Robin": "3c:22:fb:01:02:03", "Sam": "3c:22:fb:0a:0b:0c"}
_TELEVISION = {"mac": "78:bd:bc:11:22:33", "hostName": "living-room-tv", "active": True}
_BODY_BYTES = 10_000


class Router:
    """Serves /login and /devices at `url`. `toggle` makes a phone come or go."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._home = dict.fromkeys(PHONES, True)
        self._session = secrets.token_hex(16)
        router = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = min(int(self.headers.get("Content-Length") or 0), _BODY_BYTES)
                form = parse_qs(self.rfile.read(length).decode(errors="replace"))
                if self.path != "/login" or (form.get("username"), form.get("password")) != (
                    [USERNAME],
                    [PASSWORD],
                ):
                    self.send_error(403)
                    return
                self._answer({"ok": True}, cookie=f"session={router._session}")

            def do_GET(self) -> None:
                cookies = SimpleCookie(self.headers.get("Cookie", ""))
                if (
                    self.path != "/devices"
                    or "session" not in cookies
                    or cookies["session"].value != router._session
                ):
                    self.send_error(401)
                else:
                    self._answer({"devices": router.devices()})

            def _answer(self, value: object, cookie: str | None = None) -> None:
                body = json.dumps(value).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                if cookie:
                    self.send_header("Set-Cookie", f"{cookie}; HttpOnly")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments: object) -> None:
                """Keep quiet: the terminal tells the demo's story."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        """Serve in the background."""
        threading.Thread(target=self._server.serve_forever, name="router", daemon=True).start()

    def stop(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()

    def toggle(self, person: str) -> bool:
        """The phone of `person` comes or goes; whether it is at home now."""
        with self._lock:
            self._home[person] = not self._home[person]
            return self._home[person]

    def devices(self) -> list[dict[str, object]]:
        """What the list says now."""
        with self._lock:
            phones = [
                {"mac": mac, "hostName": f"{person}s-phone", "active": True}
                for person, mac in PHONES.items()
                if self._home[person]
            ]
        return [_TELEVISION, *phones]

    def settings(self) -> dict[str, object]:
        """The `presence:` settings that describe this household, with a demo's patience."""
        return {
            "people": [{"name": person, "devices": [mac]} for person, mac in PHONES.items()],
            "routers": [
                {
                    "kind": "http_json",
                    "login": {
                        "url": f"{self.url}/login",
                        "method": "POST",
                        "form": {"username": "{username}", "password": "{password}"},
                    },
                    "list": {"url": f"{self.url}/devices"},
                    "path": "devices",
                    "name": "hostName",
                    "active": "active",
                }
            ],
            "poll_seconds": 1,
            "away_poll_seconds": 1,
            "confirm_poll_seconds": 1,
            "leave_seconds": 3,
            "exit_delay_seconds": 5,
        }
