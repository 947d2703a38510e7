"""What a pulse tells systemd, and its goodbye."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import fakeredis
import pytest

from app.state.connection import connect
from app.state.heartbeat import Pulse
from app.state.snapshot import read_snapshot
from tests.fakes.systemd import NotifySocket


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[NotifySocket]:
    with NotifySocket(tmp_path) as listening:
        monkeypatch.setenv("NOTIFY_SOCKET", listening.environment["NOTIFY_SOCKET"])
        yield listening


@pytest.fixture
def client() -> fakeredis.FakeRedis:
    return fakeredis.FakeRedis(decode_responses=True)


def beats(systemd: NotifySocket, pulse: Pulse, **how: bool) -> list[str]:
    systemd.forget()
    pulse.beat(**how)
    while systemd.listen(0.05):
        pass
    return list(systemd.heard)


def test_the_first_beat_says_that_the_process_is_up(
    systemd: NotifySocket, client: fakeredis.FakeRedis
) -> None:
    pulse = Pulse(client, "web")
    assert beats(systemd, pulse) == ["READY=1", "WATCHDOG=1"]
    assert beats(systemd, pulse, at_once=True) == ["WATCHDOG=1"]


def test_a_process_is_up_before_it_has_got_anything_done(
    systemd: NotifySocket, client: fakeredis.FakeRedis
) -> None:
    assert beats(systemd, Pulse(client, "camera:front"), progress=False) == ["READY=1"]


def test_without_progress_the_watchdog_is_not_fed_but_redis_is_told(
    systemd: NotifySocket, client: fakeredis.FakeRedis
) -> None:
    pulse = Pulse(client, "camera:front")
    pulse.beat()
    before = read_snapshot(client).facts.process["camera:front"].at
    assert beats(systemd, pulse, at_once=True, progress=False) == []
    assert read_snapshot(client).facts.process["camera:front"].at > before


def test_progress_between_two_heartbeats_counts_for_the_next(
    systemd: NotifySocket, client: fakeredis.FakeRedis
) -> None:
    pulse = Pulse(client, "camera:front")
    pulse.beat()
    pulse.beat(progress=True)  # too early to publish
    assert beats(systemd, pulse, at_once=True, progress=False) == ["WATCHDOG=1"]
    assert beats(systemd, pulse, at_once=True, progress=False) == []


def test_the_watchdog_is_fed_without_redis(systemd: NotifySocket) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: connections are refused
        pulse = Pulse(connect(f"redis://127.0.0.1:{taken.getsockname()[1]}/0"), "web")
        assert beats(systemd, pulse) == ["READY=1", "WATCHDOG=1"]


def test_a_process_that_said_goodbye_has_left_until_it_is_heard_again(
    systemd: NotifySocket, client: fakeredis.FakeRedis
) -> None:
    pulse = Pulse(client, "web")
    pulse.beat()
    assert not read_snapshot(client).facts.has_left("web")
    systemd.forget()
    pulse.goodbye()
    assert systemd.hear_all() == []  # it may be about to start itself anew
    assert read_snapshot(client).facts.has_left("web")

    Pulse(client, "web").beat()
    assert not read_snapshot(client).facts.has_left("web")
    assert not read_snapshot(client).facts.has_left("never heard of")
