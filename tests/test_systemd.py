from __future__ import annotations

from pathlib import Path

import pytest

from app import systemd
from tests.fakes.systemd import NotifySocket


def test_without_systemd_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    assert not systemd.notify(systemd.READY)


@pytest.mark.parametrize("address", ["/nowhere/at/all", "@nobody-listens-here", "x" * 200, "no\0path"])
def test_a_socket_nobody_listens_on_stops_no_work(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setattr("os.environ", {"NOTIFY_SOCKET": address})
    assert not systemd.notify(systemd.READY)


def test_what_is_said_arrives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with NotifySocket(tmp_path) as listening:
        monkeypatch.setenv("NOTIFY_SOCKET", listening.environment["NOTIFY_SOCKET"])
        assert systemd.notify(systemd.ALIVE)
        assert listening.listen(5) == ["WATCHDOG=1"]


def test_a_full_queue_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with NotifySocket(tmp_path) as listening:
        monkeypatch.setenv("NOTIFY_SOCKET", listening.environment["NOTIFY_SOCKET"])
        sent = 0
        while systemd.notify(systemd.ALIVE):
            sent += 1
            assert sent < 100_000
        assert listening.listen(5) == ["WATCHDOG=1"]


@pytest.mark.parametrize(
    ("given", "needed", "said"),
    [
        ("120000000", 90.0, []),
        ("120000000", 300.5, ["WATCHDOG_USEC=300500000"]),
        ("", 300.0, []),
        ("x", 300.0, []),
    ],
)
def test_the_watchdog_is_made_more_patient_never_less(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str, needed: float, said: list[str]
) -> None:
    with NotifySocket(tmp_path) as listening:
        monkeypatch.setenv("NOTIFY_SOCKET", listening.environment["NOTIFY_SOCKET"])
        monkeypatch.setenv("WATCHDOG_USEC", given)
        systemd.have_patience(needed)
        assert listening.listen(0.1) == said
