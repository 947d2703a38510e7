"""Any router with a login and JSON, against a real HTTP server that logs in, ends sessions, hangs and lies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from app.presence.routers.http_json import HttpJson
from app.presence.routers.router import Device, NoAnswer, Sightings
from app.settings.presence import HttpJsonRouter
from tests.fakes.router import FakeRouter

PHONE, PRINTER = "3c:22:fb:01:02:03", "00:11:32:0a:0b:0c"


@pytest.fixture
def router() -> Iterator[FakeRouter]:
    with FakeRouter() as running:
        running.connect(PHONE, "Robins-Phone")
        running.connect(PRINTER, "printer")
        yield running


def adapter(router: FakeRouter, *, password: str | None = None, **changes: Any) -> HttpJson:
    settings = TypeAdapter(HttpJsonRouter).validate_python(router.settings(**changes))
    return HttpJson(settings, username="admin", password=password or router.password, timeout_seconds=1)


def macs(sightings: Sightings) -> set[str]:
    return {device.mac for device in sightings}


def test_it_logs_in_once_and_lists_what_is_connected(router: FakeRouter) -> None:
    asked = adapter(router)

    assert asked.poll() == {Device(PHONE, "robins-phone"), Device(PRINTER, "printer")}
    router.disconnect(PHONE)
    assert macs(asked.poll()) == {PRINTER}
    assert router.logins == 1


def test_a_session_that_ended_is_begun_anew(router: FakeRouter) -> None:
    asked = adapter(router)
    asked.poll()
    router.end_sessions()

    assert macs(asked.poll()) == {PHONE, PRINTER}
    assert router.logins == 2


def test_what_is_listed_but_not_active_is_not_connected(router: FakeRouter) -> None:
    router.devices[0]["on"] = 0

    assert macs(adapter(router).poll()) == {PRINTER}


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("hang", "within 1 s"),
        ("drip", "within 1 s"),
        ("html", "web page"),
        ("empty", "holds 0 devices"),
        ("half", "speaks of 2 devices and lists 1"),
        ("elsewhere", "not where it should be"),
        ("error", "HTTP 503"),
        ("redirect", "wants a login"),
        ("cut", "connection broke|exchange failed"),
        ("huge", "longer than"),
    ],
)
def test_an_answer_that_cannot_be_trusted_is_none_and_the_next_good_one_counts(
    router: FakeRouter, fault: str, reason: str
) -> None:
    asked = adapter(router, count_path="data.count")
    asked.poll()
    router.fault = fault

    with pytest.raises(NoAnswer, match=reason):
        asked.poll()
    router.fault = None
    assert macs(asked.poll()) == {PHONE, PRINTER}


def test_a_page_right_after_the_login_counts_as_a_refusal_so_that_nothing_is_locked(
    router: FakeRouter,
) -> None:
    router.fault = "html"

    with pytest.raises(NoAnswer) as caught:
        adapter(router).poll()
    assert caught.value.refused
    assert router.logins == 1


def test_a_wrong_password_is_tried_once_a_poll_and_never_told(router: FakeRouter) -> None:
    with pytest.raises(NoAnswer, match="refused with HTTP 403") as caught:
        adapter(router, password="sesame").poll()
    assert caught.value.refused
    assert router.refused == 1
    assert "sesame" not in str(caught.value)


def test_an_address_where_nobody_listens_is_no_answer_and_the_reason_holds_no_secret(
    router: FakeRouter,
) -> None:
    nowhere = {"url": "http://127.0.0.1:9/x?p={password}"}

    with pytest.raises(NoAnswer) as caught:
        adapter(router, login=None, token=None, list=nowhere).poll()
    assert "correct" not in str(caught.value)


def test_a_missing_field_is_a_changed_firmware_not_an_empty_house(router: FakeRouter) -> None:
    with pytest.raises(NoAnswer, match="has no 'active'"):
        adapter(router, active="active").poll()
    with pytest.raises(NoAnswer, match="has a 'macaddr'"):
        adapter(router, mac="macaddr").poll()


@pytest.mark.parametrize(
    "token",
    [{"cookie": "seen"}, {"header": "Set-Cookie"}, {"pattern": '"token": "([^"]+)"'}],
)
def test_a_token_is_found_wherever_the_settings_say(router: FakeRouter, token: dict[str, str]) -> None:
    asked = adapter(router, token=token)

    if "pattern" in token:
        assert macs(asked.poll()) == {PHONE, PRINTER}
    else:  # found, sent, and not what this router wants
        with pytest.raises(NoAnswer, match="web page"):
            asked.poll()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"token": {"path": "a", "cookie": "b"}}, "one of"),
        ({"token": {"pattern": "no group"}}, "group"),
        ({"token": {"pattern": "(" * 3}}, "cannot be"),
        ({"login": None}, "no login"),
        ({"mac": None, "name": None}, "mac or of name"),
        ({"list": {"url": "ftp://x/"}}, "must be a URL"),
        ({"list": {"url": "http://x/{passwort}"}}, "knows no {passwort}"),
        ({"list": {"url": "http://x/", "form": {}, "body": {}}}, "form and body"),
    ],
)
def test_settings_that_cannot_be_are_refused(
    router: FakeRouter, changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ValidationError, match=reason):
        adapter(router, **changes)
