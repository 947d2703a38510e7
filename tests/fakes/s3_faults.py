"""A real S3-speaking server over HTTP, and a proxy in front of it that does what networks and services do.

The server is moto's. What the proxy saw is kept, so that a test can say what was sent twice and what was not.
"""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import unquote, urlsplit

_HOP_BY_HOP = {"connection", "transfer-encoding", "keep-alive", "server", "date"}


@dataclass(frozen=True)
class Seen:
    """One request: its method, its path (decoded, without the bucket) and the whole query."""

    method: str
    key: str
    query: str


@dataclass
class Answer:
    """What the server said; a fault may change it."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Fault:
    """One thing that goes wrong with the requests that match, `times` times.

    `before` gets the handler before anything is read or forwarded, `after` the server's answer. Either
    returns True (or the answer None) when there is to be no (further) answer: the connection is closed.
    """

    matches: Callable[[Seen], bool]
    before: Callable[[_Handler], bool] | None = None
    after: Callable[[Answer], Answer | None] | None = None
    times: int = 1_000_000
    happened: int = 0
    met: threading.Event = field(default_factory=threading.Event)
    """Set when it happens for the first time."""


def on(method: str, ending: str = "") -> Callable[[Seen], bool]:
    """Requests of that method for keys that end so; "" is every key, and the bucket."""
    return lambda seen: seen.method == method and seen.key.endswith(ending)


def refused(matches: Callable[[Seen], bool], status: int, code: str, *, times: int = 1_000_000) -> Fault:
    """S3's error of that code, as XML, without the server hearing of the request."""
    text = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{code}</Message></Error>"

    def before(handler: _Handler) -> bool:
        handler.read_body()
        handler.reply(Answer(status, {"Content-Type": "application/xml"}, text.encode()))
        return True

    return Fault(matches, before=before, times=times)


def cut_in_the_middle(matches: Callable[[Seen], bool], *, times: int = 1_000_000) -> Fault:
    """The connection breaks when half of the body is through; the server gets none of it."""

    def before(handler: _Handler) -> bool:
        handler.rfile.read(handler.length // 2)
        return True

    return Fault(matches, before=before, times=times)


def answer_lost(matches: Callable[[Seen], bool], *, times: int = 1_000_000) -> Fault:
    """The server carries it out, but nobody hears of it."""
    return Fault(matches, after=lambda answer: None, times=times)


def hangs(matches: Callable[[Seen], bool], until: threading.Event, *, times: int = 1_000_000) -> Fault:
    """The other side takes the request and says nothing until the test ends."""

    def before(handler: _Handler) -> bool:
        handler.read_body()
        until.wait(60)
        return True

    return Fault(matches, before=before, times=times)


def headers_changed(
    matches: Callable[[Seen], bool], changes: dict[str, str | None], *, times: int = 1_000_000
) -> Fault:
    """The answer has these headers instead of its own; None takes one away."""
    lower = {name.lower(): value for name, value in changes.items()}

    def after(answer: Answer) -> Answer:
        kept = {name: value for name, value in answer.headers.items() if name.lower() not in lower}
        kept |= {name: value for name, value in changes.items() if value is not None}
        return Answer(answer.status, kept, answer.body)

    return Fault(matches, after=after, times=times)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    @property
    def length(self) -> int:
        return int(self.headers.get("Content-Length", 0))

    def read_body(self) -> bytes:
        return self.rfile.read(self.length)

    def reply(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if "content-length" not in {name.lower() for name in answer.headers}:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    def handle_any(self) -> None:
        if self.headers.get("Expect", "").lower() == "100-continue":
            pass  # BaseHTTPRequestHandler has answered it
        url = urlsplit(self.path)
        seen = Seen(self.command, unquote(url.path).lstrip("/").partition("/")[2], url.query)
        faults = self.server.proxy.claim(seen)
        for fault in faults:
            if fault.before is not None and fault.before(self):
                self.close_connection = True
                return
        answer: Answer | None = self._forward()
        for fault in faults:
            if fault.after is not None and answer is not None:
                answer = fault.after(answer)
        if answer is None:
            self.close_connection = True
            return
        self.reply(answer)

    def _forward(self) -> Answer:
        body = self.read_body()
        upstream = http.client.HTTPConnection(*self.server.proxy.target, timeout=30)
        try:
            upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():  # with the Host the signature was made for
                if name.lower() not in ("connection", "expect"):
                    upstream.putheader(name, value)
            upstream.endheaders(body)
            got = upstream.getresponse()
            data = got.read()
            headers = {name: value for name, value in got.getheaders() if name.lower() not in _HOP_BY_HOP}
            return Answer(got.status, headers, data)
        finally:
            upstream.close()

    do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = handle_any

    def log_message(self, format: str, *args: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    proxy: S3Proxy

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed or gave up is part of the test."""


class S3Proxy:
    """`with S3Proxy(url) as proxy:` forwards `proxy.url` to `url`, but for the `faults` added."""

    def __init__(self, url: str) -> None:
        target = urlsplit(url)
        self.target = (target.hostname or "127.0.0.1", target.port or 80)
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.proxy = self
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self.seen: list[Seen] = []

    def add(self, fault: Fault) -> Fault:
        """From now on this goes wrong, too."""
        with self._lock:
            self._faults.append(fault)
        return fault

    def heal(self) -> None:
        """Nothing goes wrong any more, and what was seen is forgotten."""
        with self._lock:
            self._faults.clear()
            self.seen.clear()

    def keys(self, method: str) -> list[str]:
        """The keys of the requests of that method, in order."""
        with self._lock:
            return [seen.key for seen in self.seen if seen.method == method]

    def claim(self, seen: Seen) -> list[Fault]:
        """What is to go wrong with this request."""
        with self._lock:
            self.seen.append(seen)
            meant = [f for f in self._faults if f.happened < f.times and f.matches(seen)]
            for fault in meant:
                fault.happened += 1
        for fault in meant:
            fault.met.set()
        return meant

    def __enter__(self) -> S3Proxy:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
