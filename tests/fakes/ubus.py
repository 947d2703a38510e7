"""OpenWrt's /ubus over real HTTP: sessions that end, an access list, radios that come and go."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

NOBODY = "0" * 32


class FakeUbus:
    """`radios`: clients by radio; `may`: (object, procedure) pairs that the user may call."""

    def __init__(self) -> None:
        self.username, self.password = "pycam", "correct horse"
        self.radios: dict[str, dict[str, Any]] = {"hostapd.wlan0": {}, "hostapd.wlan1": {}}
        self.leases: list[dict[str, Any]] = []
        self.may = {("hostapd.*", "get_clients"), ("luci-rpc", "getDHCPLeases")}
        self.logins = 0
        self.raw: str | None = None
        self._sessions: set[str] = set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/ubus"

    def end_sessions(self) -> None:
        self._sessions.clear()

    def __enter__(self) -> FakeUbus:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        session, *rest = asked["params"]
        told: dict[str, Any] = {"jsonrpc": "2.0", "id": asked["id"]}
        if asked["method"] == "list":
            found = [name for name in self.radios if rest == ["hostapd.*"] and session in self._sessions]
            return told | {"result": {name: {"get_clients": {}} for name in found}}
        path, procedure, arguments = rest
        if (path, procedure) == ("session", "login") and session == NOBODY:
            return told | {"result": self._log_in(arguments)}
        kind = "hostapd.*" if path.startswith("hostapd.") else path
        if session not in self._sessions or (kind, procedure) not in self.may:
            return told | {"error": {"code": -32002, "message": "Access denied"}}
        if path == "luci-rpc":
            return told | {"result": [0, {"dhcp_leases": self.leases}]}
        if path not in self.radios:
            return told | {"error": {"code": -32000, "message": "Object not found"}}
        return told | {"result": [0, {"freq": 2437, "clients": self.radios[path]}]}

    def _log_in(self, arguments: dict[str, Any]) -> list[Any]:
        if arguments != {"username": self.username, "password": self.password}:
            return [6]
        self.logins += 1
        session = f"{self.logins:032x}"
        self._sessions.add(session)
        return [0, {"ubus_rpc_session": session, "timeout": 300, "expires": 299}]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        ubus = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: object) -> None:
                pass

            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                body = (ubus.raw if ubus.raw is not None else json.dumps(ubus.answer(asked))).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        return Handler
