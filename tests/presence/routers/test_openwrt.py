"""OpenWrt, against a server that speaks ubus."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.presence.routers.openwrt import OpenWrt
from app.presence.routers.router import Device, NoAnswer
from app.settings.presence import OpenWrtRouter
from tests.fakes.ubus import FakeUbus

ROBIN, KIM = "3c:22:fb:01:02:03", "3c:22:fb:0a:0b:0c"


@pytest.fixture
def ubus() -> Iterator[FakeUbus]:
    with FakeUbus() as running:
        running.radios["hostapd.wlan0"][ROBIN.upper()] = {"authorized": True}
        running.radios["hostapd.wlan1"][KIM] = {"authorized": True}
        yield running


def adapter(ubus: FakeUbus, *, password: str | None = None, host_names: bool = False) -> OpenWrt:
    settings = OpenWrtRouter(kind="openwrt", url=ubus.url, host_names=host_names)
    return OpenWrt(settings, username="pycam", password=password or ubus.password, timeout_seconds=2)


def test_the_clients_of_all_radios_are_connected(ubus: FakeUbus) -> None:
    assert adapter(ubus).poll() == {Device(ROBIN), Device(KIM)}


def test_a_client_that_only_knocks_is_not_connected(ubus: FakeUbus) -> None:
    ubus.radios["hostapd.wlan1"][KIM] = {"authorized": False}

    assert adapter(ubus).poll() == {Device(ROBIN)}


def test_host_names_come_from_the_leases(ubus: FakeUbus) -> None:
    ubus.leases = [{"macaddr": ROBIN.upper(), "hostname": "Robins-Phone", "ipaddr": "192.168.1.20"}]

    assert Device(ROBIN, "robins-phone") in adapter(ubus, host_names=True).poll()


def test_a_session_that_ended_is_begun_anew(ubus: FakeUbus) -> None:
    asked = adapter(ubus)
    asked.poll()
    asked.poll()
    assert ubus.logins == 1
    ubus.end_sessions()

    assert asked.poll() == {Device(ROBIN), Device(KIM)}
    assert ubus.logins == 2


def test_a_wrong_password_is_a_refusal_and_never_told(ubus: FakeUbus) -> None:
    with pytest.raises(NoAnswer, match="refused") as caught:
        adapter(ubus, password="sesame").poll()
    assert caught.value.refused
    assert "sesame" not in str(caught.value)


def test_a_user_without_the_right_is_told_which_one(ubus: FakeUbus) -> None:
    ubus.may = set()

    with pytest.raises(NoAnswer, match="wlan0 get_clients") as caught:
        adapter(ubus).poll()
    assert caught.value.refused


def test_no_radio_and_no_client_are_no_answers(ubus: FakeUbus) -> None:
    ubus.radios = {"hostapd.wlan0": {}}
    with pytest.raises(NoAnswer, match="0 devices"):
        adapter(ubus).poll()
    ubus.radios = {}
    with pytest.raises(NoAnswer, match="no radio"):
        adapter(ubus).poll()


@pytest.mark.parametrize(
    "raw", ["<html>", "{}", "[]", "null", '{"id": 1, "result": "yes"}', '{"id": 1, "result": []}']
)
def test_what_is_not_ubus_is_no_answer(ubus: FakeUbus, raw: str) -> None:
    ubus.raw = raw

    with pytest.raises(NoAnswer):
        adapter(ubus).poll()
