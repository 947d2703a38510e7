"""The presence section: what is right loads, what is wrong says why."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.settings import Settings, SettingsError, load_settings
from app.settings.presence import NeighboursRouter, normal_device


def load(tmp_path: Path, presence: str, **environment: str) -> Settings:
    file = tmp_path / "mine.yml"
    file.write_text("presence:\n" + presence)
    return load_settings({"PYCAM_CONFIG": str(file), **environment}, private=tmp_path / "none")


def test_people_and_routers_are_read_and_macs_are_written_alike(tmp_path: Path) -> None:
    loaded = load(
        tmp_path,
        """
  people: [{name: Robin, devices: ["3C-22-FB-01-02-03", Robins-Phone]}]
  routers: [{kind: neighbours, gateway: 192.168.1.1}]
""",
    ).presence

    assert loaded.people[0].devices == ("3c:22:fb:01:02:03", "robins-phone")
    assert isinstance(loaded.routers[0], NeighboursRouter)


def test_the_time_outs_of_neighbours_fit_as_they_come_and_at_the_edge(tmp_path: Path) -> None:
    assert load(tmp_path, "  routers: [{kind: neighbours}]").presence.timeout_seconds == 12
    assert load(tmp_path, "  routers: [{kind: neighbours, settle_seconds: 10}]").presence.routers


@pytest.mark.parametrize(
    ("written", "device"),
    [
        ("3C:22:FB:01:02:03", "3c:22:fb:01:02:03"),
        (" 3C-22-fb-01-02-03 ", "3c:22:fb:01:02:03"),
        ("3C22FB010203", "3c:22:fb:01:02:03"),
        ("3c22.fb01.0203", "3c:22:fb:01:02:03"),
        ("3c22fb01020", "3c22fb01020"),
        ("3c22.fb010203", "3c22.fb010203"),
        ("06-3c:22:fb:01:02:03", "06-3c:22:fb:01:02:03"),
        ("Robins-Phone", "robins-phone"),
    ],
)
def test_a_mac_is_one_however_it_is_written_and_all_else_is_a_host_name(written: str, device: str) -> None:
    assert normal_device(written) == device


@pytest.mark.parametrize(
    ("presence", "reason"),
    [
        ("  people: [{name: R, devices: [11:22:33:44:55:06]}]", "must stand in quotes"),
        ("  people: [{name: R, devices: []}]", "must have at least 1 of them, has 0"),
        ("  people: [{name: R, devices: [a]}, {name: r, devices: [b]}]", "two people are called 'r'"),
        ("  people: [{name: R, devices: [a]}, {name: S, devices: [A]}]", "it can be one's only"),
        (
            "  routers: [{kind: netgear}]",
            "routers[1]: is of a kind pycam does not know, only: 'http_json', 'fritzbox'",
        ),
        (
            "  routers: [{kind: dnsmasq, lease_seconds: 1}]",
            "presence.routers[1].lease_seconds: must be 120 or more",
        ),
        ("  routers: [{kind: fritzbox, adress: x}]", "misspelt"),
        ("  exit_delay_seconds: -1", "must be 0 or more"),
        (
            "  routers: [{kind: neighbours, settle_seconds: 10.5}]",
            "timeout_seconds is 12, and neighbours needs 12.5: its settle_seconds (10.5) and 2 more",
        ),
        (
            "  timeout_seconds: 10\n  routers: [{kind: neighbours}]",
            "timeout_seconds is 10, and neighbours needs 11",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(tmp_path: Path, presence: str, reason: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, presence)
    assert reason in str(caught.value)
    assert "mine.yml, line" in str(caught.value)


def test_the_routers_password_is_a_secret_like_the_others(tmp_path: Path) -> None:
    loaded = load(tmp_path, "  poll_seconds: 20", ROUTER_USERNAME="admin", ROUTER_PASSWORD="open sesame")

    assert "open sesame" in loaded.secrets.words()
    assert "open sesame" not in repr(loaded)
