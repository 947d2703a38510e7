"""The leases file: as written down, and as a real dnsmasq writes it."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.presence.routers.dnsmasq import Dnsmasq, read_leases
from app.presence.routers.router import Device, NoAnswer
from app.settings.presence import DnsmasqRouter
from tests.fakes import lan as lan_parts
from tests.fakes.lan import Lan, take_lease

NOW = 1_800_000_000.0
PHONE, TV = "3c:22:fb:01:02:03", "00:11:32:0a:0b:0c"


def adapter(tmp_path: Path, text: str | bytes, now: float = NOW, **changes: object) -> Dnsmasq:
    file = tmp_path / "dnsmasq.leases"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    settings = DnsmasqRouter.model_validate({"kind": "dnsmasq", "file": file, **changes})
    return Dnsmasq(settings, now=lambda: now)


def line(mac: str, expires: float, name: str = "*", address: str = "192.168.1.20") -> str:
    return f"{int(expires)} {mac} {address} {name} 01:{mac}\n"


def test_leases_that_run_are_connected_and_those_that_ended_are_not(tmp_path: Path) -> None:
    text = line(PHONE, NOW + 10, "Robins-Phone") + line(TV, NOW - 10)

    assert adapter(tmp_path, text).poll() == {Device(PHONE, "robins-phone")}


def test_a_lease_without_an_end_never_ends(tmp_path: Path) -> None:
    assert adapter(tmp_path, line(TV, 0)).poll() == {Device(TV)}


def test_a_client_that_did_not_renew_at_half_time_has_gone(tmp_path: Path) -> None:
    text = line(PHONE, NOW + 300 - 31) + line(TV, NOW + 300)

    assert adapter(tmp_path, text, lease_seconds=600).poll() == {Device(TV)}


def test_leases_of_ipv6_and_the_servers_own_id_are_passed_over(tmp_path: Path) -> None:
    text = line(TV, NOW + 10) + "duid 00:01:00:01:2a\n1800000010 1234 fd00::5 phone 00:01:00:01\n"

    assert adapter(tmp_path, text).poll() == {Device(TV)}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "0 devices"),
        ("<html>\n", "not a leases file"),
        ("1800000010 3c:22:fb:01\n", "not a leases file"),
        (line(TV, NOW + 10)[:-5], "being written"),
        (line(TV, NOW - 86_400) + line(PHONE, NOW - 86_400), "run out"),
        (b"\xff\xfe\x00\n", "not a leases file"),
        (b"1 2 3 4\n" * 200_000, "too long"),
    ],
)
def test_a_file_that_cannot_be_trusted_is_no_answer(tmp_path: Path, text: str | bytes, reason: str) -> None:
    with pytest.raises(NoAnswer, match=reason):
        adapter(tmp_path, text).poll()


def test_a_file_that_is_not_there_is_no_answer(tmp_path: Path) -> None:
    with pytest.raises(NoAnswer, match="cannot be read"):
        read_leases(tmp_path / "none")


def test_a_clock_set_back_is_no_answer(tmp_path: Path) -> None:
    with pytest.raises(NoAnswer, match="longer than lease_seconds"):
        adapter(tmp_path, line(TV, NOW + 86_400), lease_seconds=600).poll()


@pytest.fixture(scope="module")
def lan() -> object:
    if reason := lan_parts.why_not():
        pytest.skip(reason)
    if shutil.which("dnsmasq") is None:
        pytest.skip("dnsmasq is not installed")
    with Lan() as built:
        yield built


def _until(condition: Callable[[], bool], seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


def test_a_real_dnsmasq_writes_what_is_read_here(lan: Lan, tmp_path: Path) -> None:
    phone, tv = lan.phone(PHONE), lan.phone(TV)
    server = lan_parts.Dnsmasq(lan, tmp_path)
    try:
        settings = DnsmasqRouter(kind="dnsmasq", file=server.leases, lease_seconds=120)
        asked = Dnsmasq(settings)
        address = take_lease(phone, sys.executable, PHONE, "Robins-Phone")
        take_lease(tv, sys.executable, TV, "tv")
        assert asked.poll() == {Device(PHONE, "robins-phone"), Device(TV, "tv")}
        assert {lease.address for lease in read_leases(server.leases) if lease.mac == PHONE} == {address}

        later = Dnsmasq(
            settings, now=lambda: time.time() + 91
        )  # half of it, and the grace, without a renewal
        with pytest.raises(NoAnswer, match="0 devices"):
            later.poll()
        take_lease(phone, sys.executable, PHONE, "Robins-Phone", give_back=True)
        assert _until(lambda: asked.poll() == {Device(TV, "tv")})
    finally:
        server.stop()
