"""Who stops in the middle of something keeps no thread; on real sockets."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from app.web.stalled import Stalled, hang_up_on_the_stalled


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """A client, and what a server that blocks has accepted."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        hang_up_on_the_stalled(listener, 1)
        with socket.create_connection(listener.getsockname()) as client:
            accepted, _ = listener.accept()
            with accepted:
                accepted.setblocking(True)
                yield client, accepted


@pytest.mark.timeout(30)
def test_half_a_request_is_not_waited_for(ends: tuple[socket.socket, socket.socket]) -> None:
    client, accepted = ends
    client.sendall(b"GET /hea")
    assert accepted.recv(64) == b"GET /hea"
    with pytest.raises(BlockingIOError):
        accepted.recv(64)


@pytest.mark.timeout(30)
def test_an_answer_that_nobody_takes_is_given_up(ends: tuple[socket.socket, socket.socket]) -> None:
    _, accepted = ends
    with pytest.raises(
        (BlockingIOError, TimeoutError)
    ):  # TimeoutError: the kernel's own patience, by TCP_USER_TIMEOUT
        for _ in range(1000):
            accepted.sendall(bytes(1_000_000))


def test_a_unix_socket_has_the_same_patience() -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        hang_up_on_the_stalled(listener, 7)
        assert listener.getsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO) == 7


def test_the_log_gets_one_warning_for_it_and_other_errors_stay_whole() -> None:
    def said(error: Exception) -> logging.LogRecord:
        record = logging.LogRecord(
            "x", logging.ERROR, "", 0, "Socket error", None, (type(error), error, None)
        )
        assert Stalled().filter(record)
        return record

    stalled = said(BlockingIOError(11, "Resource temporarily unavailable"))
    assert (stalled.levelname, stalled.exc_info) == ("WARNING", None)
    assert "stopped in the middle" in stalled.getMessage()
    assert said(OSError(5, "I/O error")).exc_info is not None
