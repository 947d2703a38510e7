"""The web process lives as long as it answers itself."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import fakeredis
import pytest

from app.state.snapshot import read_snapshot
from app.web import heartbeat
from app.web.heartbeat import Heart, answers_at, url_of
from tests.fakes.systemd import NotifySocket

PATIENCE = 10.0


class Server:
    """Says `answer` to whoever asks, or nothing at all while it is None."""

    def __init__(self, listener: socket.socket) -> None:
        self.listener = listener
        self.answer: bytes | None = b"HTTP/1.0 200 OK\r\n\r\nok\n"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                visitor, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(visitor,), daemon=True).start()

    def _talk(self, visitor: socket.socket) -> None:
        with visitor:
            asked = visitor.recv(1000)
            if self.answer is not None and asked.startswith(b"GET /health HTTP/"):
                visitor.sendall(self.answer)
            else:
                visitor.recv(1000)  # until the asker gives up


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(heartbeat, "ANSWER_SECONDS", 0.3)
    monkeypatch.setattr(heartbeat, "HEARTBEAT_SECONDS", 0.02)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield Server(listener)


def test_an_answer_is_a_200_and_nothing_else(server: Server) -> None:
    address = server.listener.getsockname()
    assert answers_at(address)
    for other in (b"HTTP/1.0 500 Oops\r\n\r\n", b"", b"hello 200", None):
        server.answer = other
        assert not answers_at(address)


def test_a_server_on_every_address_is_asked_on_this_machine(server: Server) -> None:
    assert answers_at(("0.0.0.0", server.listener.getsockname()[1]))  # noqa: S104 — asked, not bound


def test_a_web_process_says_where_it_answers(server: Server, tmp_path: Path) -> None:
    client = fakeredis.FakeRedis(decode_responses=True)
    with NotifySocket(tmp_path):
        heart = Heart(client, [server.listener])
        heart.start()
        deadline = time.monotonic() + PATIENCE
        while not (web := read_snapshot(client).facts.process.get("web")):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        heart.stop(as_asked=True)
    assert web.address == f"http://127.0.0.1:{server.listener.getsockname()[1]}"


def test_an_address_is_one_that_this_machine_can_ask() -> None:
    assert url_of(("0.0.0.0", 80)) == "http://127.0.0.1:80"  # noqa: S104 — asked, not bound
    assert url_of(("::", 8080, 0, 0)) == "http://[::1]:8080"
    assert url_of("/run/web") == ""


def test_a_unix_socket_is_asked_as_well(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "web"))
        listener.listen()
        Server(listener)
        assert answers_at(listener.getsockname())
    assert not answers_at(str(tmp_path / "nobody"))


def test_a_worker_that_does_not_answer_is_silent_until_it_does(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    client = fakeredis.FakeRedis(decode_responses=True)
    with NotifySocket(tmp_path) as systemd:
        monkeypatch.setenv("NOTIFY_SOCKET", systemd.environment["NOTIFY_SOCKET"])
        heart = Heart(client, [server.listener])
        heart.start()
        systemd.wait_for("WATCHDOG=1", PATIENCE)

        server.answer = None
        deadline = time.monotonic() + PATIENCE
        while "does not answer itself" not in caplog.text:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        systemd.forget()
        silent_since = read_snapshot(client).facts.process["web"].at
        assert systemd.listen(0.5) == []
        assert read_snapshot(client).facts.process["web"].at == silent_since
        assert len([r for r in caplog.records if r.levelno == logging.ERROR]) == 1

        server.answer = b"HTTP/1.0 200 OK\r\n\r\n"
        systemd.wait_for("WATCHDOG=1", PATIENCE)
        heart.stop(as_asked=True)
        assert read_snapshot(client).facts.has_left("web")


def test_a_worker_that_was_killed_says_no_goodbye(server: Server) -> None:
    client = fakeredis.FakeRedis(decode_responses=True)
    heart = Heart(client, [server.listener])
    heart.start()
    deadline = time.monotonic() + PATIENCE
    while "web" not in read_snapshot(client).facts.process:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    heart.stop(as_asked=False)
    assert not read_snapshot(client).facts.has_left("web")
