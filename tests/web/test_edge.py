from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import fakeredis
import pytest
import redis
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from app.commands.table import COMMANDS
from app.settings import SettingsError, load_settings
from app.state.wishes import read_wishes
from app.store.events import EventRecord, EventStore
from app.web import create_app
from tests.commands.builders import EVENT, MEMBER, NOW, STRANGER, settings_with
from tests.commands.test_buttons import BAD_VALUES, payload_of
from tests.web.signing import FORM, SECRET, form_of, interaction_of, signed


@pytest.fixture
def store() -> redis.Redis:
    return fakeredis.FakeRedis(decode_responses=True)


@pytest.fixture
def web(tmp_path: Path, store: redis.Redis) -> FlaskClient:
    slack = {"owners": ["U0OWNER"], "members": [MEMBER], "team_id": "T0HOME"}
    return create_app(settings_with(tmp_path, slack=slack), client=store, now=lambda: NOW).test_client()


def send(web: FlaskClient, command: str, text: str = "", **changes: str) -> TestResponse:
    body = form_of(command, text, **changes)
    return web.post(f"/{command}", data=body, headers=signed(body, NOW))


def press(web: FlaskClient, action: str, value: str | None = EVENT, **changes: Any) -> TestResponse:
    body = interaction_of(payload_of(action, value, **changes))
    return web.post("/interactive", data=body, headers=signed(body, NOW))


@pytest.fixture
def untouched(store: redis.Redis, tmp_path: Path) -> Callable[[], bool]:
    """Whether nothing was wished, and nothing waits to be sent."""
    return lambda: not store.hgetall("pycam:wishes") and not list((tmp_path / "outbox" / "pending").iterdir())


def test_a_signed_command_is_answered_and_carried_out(web: FlaskClient, store: redis.Redis) -> None:
    answer = send(web, "pycam_on")
    assert answer.status_code == 200
    assert answer.json == {
        "response_type": "in_channel",
        "text": "*front* is armed by <@U0OWNER>.\n"
        "The camera process of front is silent: it watches as soon as that runs.",
    }
    assert read_wishes(store).armed["front"].by == "U0OWNER"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_the_table_is_reachable_and_answers(command: str, web: FlaskClient) -> None:
    answer = send(web, command)
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["text"]


@pytest.mark.parametrize(
    ("command", "text", "expected"),
    [
        ("rotate", "ninety", "whole degrees from -90 to 90"),
        ("rotate", "500 0", "500 is too far"),
        ("notifications_off", "yesterday", "not a length of time"),
        ("pycam_on", "garage", "The only camera is front"),
    ],
)
def test_bad_input_is_answered_to_the_person_alone_with_what_is_expected(
    command: str, text: str, expected: str, web: FlaskClient, untouched: Callable[[], bool]
) -> None:
    answer = send(web, command, text)
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["response_type"] == "ephemeral"
    assert expected in answer.json["text"]
    assert untouched()


@pytest.mark.parametrize("user", [MEMBER, STRANGER])
def test_who_may_not_is_told_so_and_changes_nothing(
    user: str, web: FlaskClient, untouched: Callable[[], bool]
) -> None:
    answer = send(web, "pycam_on", user_id=user)
    assert answer.status_code == 200
    assert answer.json is not None
    assert user in answer.json["text"]
    assert untouched()


def test_the_probe_is_open_and_says_nothing(web: FlaskClient) -> None:
    answer = web.get("/health")
    assert (answer.status_code, answer.data) == (200, b"ok\n")


REFUSED: dict[str, tuple[int, bytes, dict[str, str]]] = {
    "unsigned": (401, form_of("pycam_on"), {"Content-Type": FORM}),
    "forged": (401, form_of("pycam_on"), signed(form_of("pycam_on"), NOW)),
    "another secret": (401, b"command=%2Fpycam_on", signed(b"command=%2Fpycam_on", NOW, "guess")),
    "stale": (401, b"command=%2Fpycam_on", signed(b"command=%2Fpycam_on", NOW - 301)),
    "from the future": (401, b"command=%2Fpycam_on", signed(b"command=%2Fpycam_on", NOW + 301)),
    "a time stamp that is no number": (
        *(401, b"x=1"),
        signed(b"x=1", NOW) | {"X-Slack-Request-Timestamp": "noon"},
    ),
    "a signature that is not ASCII": (401, b"x=1", signed(b"x=1", NOW) | {"X-Slack-Signature": "v0=\xe9"}),
    "not UTF-8": (401, b"text=\xff", signed(b"text=\xff", NOW)),
    "not UTF-8 under its escapes": (400, b"text=%ff", signed(b"text=%ff", NOW)),
    "another content type": (415, b"{}", signed(b"{}", NOW) | {"Content-Type": "application/json"}),
    "no content type": (415, b"x=1", signed(b"x=1", NOW) | {"Content-Type": ""}),
    "too large": (413, b"a" * 100_001, signed(b"a" * 100_001, NOW)),
    "too many fields": (400, b"&".join([b"a=1"] * 60), signed(b"&".join([b"a=1"] * 60), NOW)),
    "empty": (400, b"", signed(b"", NOW)),
}


@pytest.mark.parametrize("path", ["/pycam_on", "/interactive"])
@pytest.mark.parametrize("why", REFUSED)
def test_what_is_not_slacks_is_refused_with_one_line_and_changes_nothing(
    why: str,
    path: str,
    web: FlaskClient,
    untouched: Callable[[], bool],
    caplog: pytest.LogCaptureFixture,
) -> None:
    status, body, headers = REFUSED[why]
    with caplog.at_level(logging.INFO):
        answer = web.post(path, data=body, headers=headers)
    assert (answer.status_code, answer.data) == (status, b"")
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert path in caplog.text
    assert "v0=" not in caplog.text
    assert untouched()


def test_a_body_of_exactly_the_limit_is_still_read(web: FlaskClient) -> None:
    body = form_of("pycam", "help")
    body += b"&x=" + b"a" * (100_000 - len(body) - 3)
    assert web.post("/pycam", data=body, headers=signed(body, NOW)).status_code == 200


def test_a_chunked_body_cannot_be_larger_than_the_limit(web: FlaskClient) -> None:
    stream = io.BytesIO(b"a" * 10_000_000)
    environ = {"wsgi.input_terminated": True}
    answer = web.post(
        "/pycam_on", input_stream=stream, headers={"Content-Type": FORM}, environ_overrides=environ
    )
    assert answer.status_code == 413
    assert stream.tell() <= 200_000


def test_a_body_that_breaks_off_is_refused(web: FlaskClient) -> None:
    stream, environ = io.BytesIO(b"command="), {"CONTENT_LENGTH": "500"}
    answer = web.post(
        "/pycam_on", input_stream=stream, headers={"Content-Type": FORM}, environ_overrides=environ
    )
    assert answer.status_code == 400


def test_a_replay_is_refused_and_not_carried_out_again(web: FlaskClient, store: redis.Redis) -> None:
    body = form_of("pycam_on")
    headers = signed(body, NOW)
    assert web.post("/pycam_on", data=body, headers=headers).status_code == 200
    assert send(web, "pycam_off").status_code == 200
    assert web.post("/pycam_on", data=body, headers=headers).status_code == 403
    assert read_wishes(store).armed["front"].on is False


def test_another_workspace_is_refused(web: FlaskClient, untouched: Callable[[], bool]) -> None:
    assert send(web, "pycam_on", team_id="T9").status_code == 403
    assert press(web, "snooze", team={"id": "T9"}).status_code == 403
    assert untouched()


def test_a_command_sent_to_the_url_of_another_one_is_refused(
    web: FlaskClient, untouched: Callable[[], bool]
) -> None:
    body = form_of("pycam_off")
    assert web.post("/pycam_on", data=body, headers=signed(body, NOW)).status_code == 400
    assert untouched()


@pytest.mark.parametrize("user", ["", "U1 U2", "../x", "U" * 65, "ü1"])
def test_a_user_id_that_is_none_is_refused(user: str, web: FlaskClient) -> None:
    assert send(web, "pycam_on", user_id=user).status_code == 400


def test_the_check_of_the_certificate_is_acknowledged_and_does_nothing(
    web: FlaskClient, store: redis.Redis
) -> None:
    body = b"ssl_check=1&token=x"
    for path in ("/pycam_on", "/interactive"):
        answer = web.post(path, data=body, headers=signed(body, NOW))
        assert (answer.status_code, answer.data) == (200, b"")
        assert web.post(path, data=body, headers={"Content-Type": FORM}).status_code == 401
    assert store.keys() == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        *(("GET", "/", 404), ("POST", "/", 404), ("POST", "/nothing", 404), ("GET", "/static/x", 404)),
        *(("GET", "/pycam_on", 405), ("OPTIONS", "/pycam_on", 405), ("PUT", "/interactive", 405)),
        *(("POST", "/health", 405), ("POST", "/../etc/passwd", 404), ("GET", "/interactive", 405)),
    ],
)
def test_everything_else_is_answered_without_detail(
    method: str, path: str, status: int, web: FlaskClient
) -> None:
    answer = web.open(path, method=method)
    assert (answer.status_code, answer.data) == (status, b"")


def test_a_press_is_acknowledged_with_nothing_and_carried_out(
    web: FlaskClient, store: redis.Redis, tmp_path: Path
) -> None:
    EventStore(tmp_path / "events").save(EventRecord(id=EVENT, camera="front", started=NOW))
    answer = press(web, "snooze")
    assert (answer.status_code, answer.data) == (200, b"")
    notifications = read_wishes(store).notifications
    assert notifications is not None
    assert notifications.until == NOW + 1800


@pytest.mark.parametrize("value", [*BAD_VALUES, None])
def test_a_press_about_an_unknown_event_is_acknowledged_and_changes_nothing(
    value: str | None, web: FlaskClient, store: redis.Redis
) -> None:
    for action in ("tag_occupied", "disarm"):
        assert press(web, action, value).status_code == 200
    assert store.hgetall("pycam:wishes") == {}


@pytest.mark.parametrize("payload", ["{", "[]", "null", '{"type":"block_actions"}', "\0"])
def test_a_malformed_payload_is_refused(payload: str, web: FlaskClient) -> None:
    body = urlencode({"payload": payload}).encode()
    assert web.post("/interactive", data=body, headers=signed(body, NOW)).status_code == 400


def test_an_interaction_pycam_has_no_use_for_is_acknowledged(web: FlaskClient, store: redis.Redis) -> None:
    body = interaction_of({"type": "view_closed"})
    answer = web.post("/interactive", data=body, headers=signed(body, NOW))
    assert (answer.status_code, answer.data) == (200, b"")
    assert press(web, "self_destruct").status_code == 200
    assert store.hgetall("pycam:wishes") == {}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.binary(max_size=300),
    headers=st.dictionaries(
        st.sampled_from(
            ["X-Slack-Request-Timestamp", "X-Slack-Signature", "Content-Type", "Content-Encoding", "Cookie"]
        ),
        st.text(st.characters(max_codepoint=255, exclude_categories=["Cc"]), max_size=80),
    ),
    path=st.sampled_from(["/pycam_on", "/interactive", "/rotate"]),
)
def test_whatever_comes_unsigned_is_refused_and_never_an_error_of_ours(
    body: bytes, headers: dict[str, str], path: str, web: FlaskClient
) -> None:
    answer = web.post(path, data=body, headers={"Content-Type": FORM} | headers)
    assert 400 <= answer.status_code < 500


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=300) | st.text(max_size=100).map(lambda text: form_of("rotate", text)))
def test_whatever_is_signed_is_answered_or_refused_and_never_an_error_of_ours(
    body: bytes, web: FlaskClient
) -> None:
    for path in ("/rotate", "/interactive"):
        assert web.post(path, data=body, headers=signed(body, NOW)).status_code < 500


def submit(web: FlaskClient, **typed: str) -> TestResponse:
    values = {name.replace("__", "."): {"value": {"value": text}} for name, text in typed.items()}
    view = {"callback_id": "settings", "private_metadata": "", "state": {"values": values}}
    told = {"type": "view_submission", "team": {"id": "T0HOME"}, "user": {"id": "U0OWNER"}, "view": view}
    body = interaction_of(told)
    return web.post("/interactive", data=body, headers=signed(body, NOW))


def test_a_dialog_that_is_right_closes_and_one_that_is_not_says_what_is_wrong(
    web: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYCAM_DATA", str(tmp_path))
    closes = submit(web, trigger__cooldown_seconds="45")
    assert (closes.status_code, closes.data) == (200, b"")
    assert load_settings().trigger.cooldown_seconds == 45
    stays = submit(web, trigger__cooldown_seconds="99999")
    assert stays.status_code == 200
    assert stays.json == {
        "response_action": "errors",
        "errors": {"trigger.cooldown_seconds": "must be 3600 or less"},
    }
    assert load_settings().trigger.cooldown_seconds == 45


@pytest.mark.parametrize(
    "view", [{}, {"state": {}}, {"state": {"values": {"a": "b"}}}, {"state": {"values": {}}}]
)
def test_a_dialog_that_is_malformed_is_refused(view: dict[str, Any], web: FlaskClient) -> None:
    body = interaction_of(
        {"type": "view_submission", "user": {"id": "U0OWNER", "team_id": "T0HOME"}, "view": view}
    )
    assert web.post("/interactive", data=body, headers=signed(body, NOW)).status_code in (400, 403)


def tell(
    web: FlaskClient, told: Any, secret: str = SECRET, content_type: str = "application/json"
) -> TestResponse:
    body = json.dumps(told).encode()
    headers = signed(body, NOW, secret) | {"Content-Type": content_type}
    return web.post("/slack/events", data=body, headers=headers)


HOME_OPENED = {
    "type": "event_callback",
    "team_id": "T0HOME",
    "event": {"type": "app_home_opened", "user": "U0OWNER", "tab": "home"},
}


def test_the_address_of_events_proves_itself_to_slack_alone(web: FlaskClient) -> None:
    asked = {"type": "url_verification", "challenge": "3eZbrw1aB"}
    assert tell(web, asked).data == b"3eZbrw1aB"
    forged = tell(web, asked, secret="another")
    assert (forged.status_code, forged.data) == (401, b"")


def test_opening_the_home_tab_has_it_made_anew(web: FlaskClient, tmp_path: Path) -> None:
    answer = tell(web, HOME_OPENED)
    assert (answer.status_code, answer.data) == (200, b"")
    [item] = [json.loads(path.read_text()) for path in (tmp_path / "outbox" / "pending").glob("*.json")]
    assert (item["kind"], item["payload"]["user"]) == ("home", "U0OWNER")


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ([], 400),
        ({}, 400),
        ({"type": "url_verification"}, 400),
        ({"type": "url_verification", "challenge": "x" * 256}, 400),
        ({**HOME_OPENED, "team_id": "T0OTHER"}, 403),
        ({"event": {"type": "message"}}, 200),
    ],
)
def test_other_events_do_nothing(
    told: Any, status: int, web: FlaskClient, untouched: Callable[[], bool]
) -> None:
    assert tell(web, told).status_code == status
    assert untouched()


def test_an_event_that_comes_as_a_form_is_refused(web: FlaskClient) -> None:
    assert tell(web, HOME_OPENED, content_type=FORM).status_code == 415


def test_init_offers_its_button(web: FlaskClient) -> None:
    answer = send(web, "init")
    assert answer.json is not None
    assert "init_confirm" in json.dumps(answer.json["blocks"])


def test_without_a_signing_secret_there_is_no_application(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="SLACK_SIGNING_SECRET"):
        create_app(settings_with(tmp_path, secrets={}))
