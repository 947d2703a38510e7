"""Routers: one that logs in, refuses, hangs and lies, and a leases file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.check.check import Outcome
from app.check.router import checks
from tests.check.builders import assert_failed, assert_ok, assert_skipped, assert_warning, context_of
from tests.fakes.router import FakeRouter

ROBIN, KIM = "3c:22:fb:01:02:03", "3c:22:fb:01:02:04"
PEOPLE = [{"name": "Robin", "devices": [ROBIN]}, {"name": "Kim", "devices": [KIM]}]


@pytest.fixture
def router() -> Iterator[FakeRouter]:
    with FakeRouter() as running:
        running.connect(ROBIN)
        running.connect("00:11:32:0a:0b:0c", "tv")
        yield running


def asked(
    router: FakeRouter, *, people: Any = PEOPLE, password: str | None = None, **presence: Any
) -> Outcome:
    secrets = {"router_username": router.username, "router_password": password or router.password}
    settings = {"people": people, "routers": [router.settings()], "timeout_seconds": 0.5} | presence
    (check,) = checks(context_of(presence=settings, secrets=secrets))
    return check.run()


def test_a_router_that_lists_devices_says_whom_it_sees(router: FakeRouter) -> None:
    assert_ok(asked(router), "2 devices connected", "it sees Robin")
    router.disconnect(ROBIN)
    assert_ok(asked(router), "1 device connected", "it sees nobody")


def test_a_refused_login_is_told_apart_and_the_password_is_not_shown(router: FakeRouter) -> None:
    outcome = asked(router, password="wrong password")
    assert_failed(outcome, "the login does not do", do="ROUTER_PASSWORD")
    assert "wrong password" not in outcome.seen + outcome.do
    assert router.refused == 1, "a second attempt might lock the account"


@pytest.mark.parametrize("fault", ["hang", "html", "elsewhere", "cut", "error", "empty"])
def test_a_router_that_gives_no_list_to_believe_is_a_failure(router: FakeRouter, fault: str) -> None:
    router.fault = fault
    assert_failed(asked(router), do="docs/presence.md")


def test_a_router_without_people_recognises_nobody(router: FakeRouter) -> None:
    assert_warning(asked(router, people=[]), "presence.people is empty", do="presence.people")


def test_people_without_a_router_are_a_failure_and_nothing_at_all_is_not_set_up() -> None:
    (check,) = checks(context_of(presence={"people": PEOPLE}))
    assert check.name == "router"
    assert_failed(check.run(), "no router", do="presence.routers")
    (check,) = checks(context_of())
    assert_skipped(check.run(), "not set up")


def test_each_router_is_a_check_of_its_own(tmp_path: Path, router: FakeRouter) -> None:
    leases = tmp_path / "leases"
    leases.write_text("")
    routers = [router.settings(), {"kind": "dnsmasq", "file": str(leases)}, router.settings()]
    found = list(checks(context_of(presence={"people": PEOPLE, "routers": routers})))
    assert [check.name for check in found] == ["router:http_json", "router:dnsmasq", "router:http_json-2"]
    assert_failed(found[1].run(), do="docs/presence.md, dnsmasq")


def test_somebody_whose_phone_has_no_known_address_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def table(words: str) -> list[dict[str, object]]:
        if words.startswith("-4 route"):
            return [{"gateway": "127.0.0.1"}]
        return [
            {"dst": "127.0.0.1", "lladdr": "00:11:32:0a:0b:0c", "state": ["REACHABLE"]},
            {"dst": "127.0.0.2", "lladdr": ROBIN, "state": ["REACHABLE"]},
        ]

    monkeypatch.setattr("app.presence.routers.neighbours._ip", table)
    presence = {"people": PEOPLE, "routers": [{"kind": "neighbours"}]}
    (check,) = checks(context_of(presence=presence))

    assert_warning(check.run(), "it sees Robin", "no address to ask for Kim", do="addresses")
