"""Nobody sees anything without the password, and nobody finds it by trying."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import fakeredis
import pytest
from flask.testing import FlaskClient

from app.settings import Settings
from app.settings.dashboard import DashboardSettings
from app.store.password import PasswordFile
from app.web.dashboard.password import hashed
from tests.web.dashboard.conftest import Clock, csrf_token, sign_in

HTML = {"Accept": "text/html"}


def test_a_page_leads_to_the_sign_in_and_back_to_where_one_wanted_to_go(client: FlaskClient) -> None:
    answer = client.get("/some/page?day=today", headers=HTML)
    assert (answer.status_code, answer.location) == (302, "/sign-in?next=/some/page?day%3Dtoday")
    answer = sign_in(client, to="/some/page?day%3Dtoday")
    assert (answer.status_code, answer.location) == (302, "/some/page?day=today")


def test_what_is_no_page_is_refused_without_a_sign_in(client: FlaskClient) -> None:
    assert client.get("/anything", headers={"Accept": "image/*"}).status_code == 401
    token = csrf_token(client.get("/sign-in"))
    assert client.post("/sign-out", headers={"X-CSRFToken": token}).status_code == 401


def test_the_health_probe_and_the_style_sheet_need_no_sign_in(client: FlaskClient) -> None:
    assert client.get("/health").text == "ok\n"
    assert client.get("/static/style.css").status_code == 200


@pytest.mark.parametrize(
    "wrong", ["", "four unrelated word", "four unrelated words ", "x" * 5000, "\0", "päß" * 9]
)
def test_a_wrong_password_is_refused(client: FlaskClient, wrong: str) -> None:
    answer = sign_in(client, wrong)
    assert answer.status_code == 403
    assert "not the password" in answer.text
    assert client.get("/x", headers=HTML).status_code == 302


def test_without_a_password_nobody_gets_in_and_the_page_says_what_to_do(
    make_client: Callable[[], FlaskClient],
) -> None:
    client = make_client()
    page = client.get("/sign-in")
    assert "sudo pycam password" in page.text
    answer = client.post("/sign-in", data={"csrf_token": csrf_token(page), "password": ""})
    assert answer.status_code == 403


def test_a_password_hash_that_is_none_lets_nobody_in(client: FlaskClient, passwords: PasswordFile) -> None:
    passwords.write("plain text")
    assert sign_in(client, "plain text").status_code == 403


def test_a_form_without_its_csrf_token_is_refused(client: FlaskClient) -> None:
    answer = client.post("/sign-in", data={"password": "four unrelated words"})
    assert answer.status_code == 400
    assert client.get("/x", headers=HTML).status_code == 302


def test_somebody_elses_csrf_token_is_refused(
    client: FlaskClient, make_client: Callable[[], FlaskClient]
) -> None:
    sign_in(client)
    stranger = make_client()
    token = csrf_token(stranger.get("/sign-in"))
    assert client.post("/sign-out", headers={"X-CSRFToken": token}).status_code == 400
    assert client.get("/nothing-here").status_code == 404  # still signed in


def test_signing_out_ends_the_session(client: FlaskClient) -> None:
    sign_in(client)
    assert client.get("/nothing-here").status_code == 404
    with client.session_transaction() as session:
        assert "since" in session
    token = csrf_token(client.get("/"))
    assert client.post("/sign-out", headers={"X-CSRFToken": token}).location == "/sign-in"
    assert client.get("/nothing-here").status_code == 401


def test_an_answer_that_was_under_way_does_not_bring_a_session_back(client: FlaskClient) -> None:
    sign_in(client)
    client.get("/")
    for path in ("/", "/events/list", "/live", "/nothing-here"):
        assert "Set-Cookie" not in client.get(path).headers, path


def test_who_is_signed_in_is_not_asked_again(client: FlaskClient) -> None:
    sign_in(client)
    assert client.get("/sign-in?next=/live").location == "/live"


def test_a_session_ends_after_its_hours_however_busy_it_was(
    client: FlaskClient, clock: Clock, settings: Settings
) -> None:
    sign_in(client)
    for _ in range(int(settings.dashboard.session_hours) - 1):
        clock.now += 3600
        assert client.get("/nothing-here").status_code == 404
    clock.now += 3601
    assert client.get("/nothing-here").status_code == 401


def test_a_clock_set_back_an_hour_ends_no_session(
    client: FlaskClient, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(client)
    there, now = time.time, clock.now
    monkeypatch.setattr(time, "time", lambda: there() - 3600)  # what signs the cookie asks it, too
    clock.now = now - 3600
    assert client.get("/nothing-here").status_code == 404
    token = csrf_token(client.get("/"))
    assert client.post("/sign-out", headers={"X-CSRFToken": token}).status_code == 302
    assert client.get("/nothing-here").status_code == 401


def test_what_is_sent_after_the_session_ended_is_not_done_and_said_so(
    client: FlaskClient, clock: Clock, settings: Settings
) -> None:
    sign_in(client)
    token = csrf_token(client.get("/"))
    clock.now += settings.dashboard.session_hours * 3600 + 1
    answer = client.post("/command/pycam_on", data={"csrf_token": token}, headers={"Accept": "text/html"})
    assert answer.status_code == 401
    assert "The sign-in has ended, so this was not done" in answer.text
    assert client.get("/", headers={"Accept": "text/html"}).location == "/sign-in?next=/"


def test_a_restart_keeps_the_sessions_and_a_new_password_ends_them(
    client: FlaskClient, make_client: Callable[[], FlaskClient], passwords: PasswordFile
) -> None:
    sign_in(client)
    cookie = client.get_cookie("pycam")
    assert cookie is not None
    restarted = make_client()
    restarted.set_cookie("pycam", cookie.value)
    assert restarted.get("/nothing-here").status_code == 404
    passwords.write(hashed("four other long words"))
    assert restarted.get("/nothing-here").status_code == 401


def test_a_forged_cookie_is_worth_nothing(client: FlaskClient) -> None:
    sign_in(client)
    cookie = client.get_cookie("pycam")
    assert cookie is not None
    client.set_cookie("pycam", cookie.value[:-2] + ("AA" if cookie.value[-2:] != "AA" else "BB"))
    assert client.get("/nothing-here").status_code == 401


def test_the_cookie_is_kept_from_scripts_and_other_sites(client: FlaskClient) -> None:
    cookie = sign_in(client).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie


def test_behind_https_the_cookie_never_travels_in_the_clear(
    settings: Settings, make_client: Callable[[], FlaskClient], passwords: PasswordFile
) -> None:
    object.__setattr__(settings, "dashboard", DashboardSettings(public_url="https://cam.example.org/"))
    client = make_client()
    token = csrf_token(client.get("/sign-in", base_url="https://cam.example.org"))
    answer = client.post(
        "/sign-in",
        data={"csrf_token": token, "password": "four unrelated words"},
        base_url="https://cam.example.org",
        headers={"Referer": "https://cam.example.org/sign-in"},
    )
    assert answer.status_code == 302
    assert "Secure" in answer.headers["Set-Cookie"]


def test_the_sixth_wrong_try_in_a_minute_waits_and_the_right_password_with_it(client: FlaskClient) -> None:
    assert [sign_in(client, "wrong").status_code for _ in range(6)] == [403] * 5 + [429]
    answer = sign_in(client)
    assert answer.status_code == 429
    assert re.search(r"too many tries\. Wait (\d+ s|1 min( 1 s)?),", answer.text)
    assert int(answer.headers["Retry-After"]) <= 60


def test_a_new_password_lets_in_whom_others_tries_kept_out(
    client: FlaskClient, passwords: PasswordFile
) -> None:
    while sign_in(client, "wrong").status_code == 403:
        pass
    passwords.write(hashed("four other long words"))
    assert sign_in(client, "four other long words").status_code == 302


def test_an_address_that_says_it_is_another_is_counted_as_what_it_is(client: FlaskClient) -> None:
    def try_from(address: str) -> int:
        token = csrf_token(client.get("/sign-in"))
        said = {"X-Forwarded-For": address, "X-Real-IP": address, "Forwarded": f"for={address}"}
        return client.post("/sign-in", data={"csrf_token": token, "password": "x"}, headers=said).status_code

    assert [try_from(f"198.51.100.{number}") for number in range(6)] == [403] * 5 + [429]


def test_all_addresses_together_have_so_many_tries_a_day(
    make_client: Callable[[], FlaskClient], passwords: PasswordFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.web.dashboard.signin.WRONG_TRIES_IN_ALL", "7 per day")
    client, answers = make_client(), []
    for number in range(8):
        client.environ_base["REMOTE_ADDR"] = f"192.0.2.{number}"
        answers.append(sign_in(client, "wrong"))
    assert [answer.status_code for answer in answers] == [403] * 7 + [429]
    assert re.search(r"Wait (1 d|2\d h)", answers[-1].text)


def test_tries_are_counted_over_a_restart_of_the_dashboard(
    client: FlaskClient, make_client: Callable[[], FlaskClient]
) -> None:
    assert [sign_in(client, "wrong").status_code for _ in range(5)] == [403] * 5
    assert sign_in(make_client()).status_code == 429


def test_without_redis_tries_are_counted_all_the_same(
    client: FlaskClient, redis_server: fakeredis.FakeServer
) -> None:
    redis_server.connected = False
    assert [sign_in(client, "wrong").status_code for _ in range(6)] == [403] * 5 + [429]


def test_without_redis_the_right_password_lets_in(
    client: FlaskClient, redis_server: fakeredis.FakeServer
) -> None:
    redis_server.connected = False
    assert sign_in(client).status_code == 302


def test_right_passwords_are_not_counted(client: FlaskClient) -> None:
    for _ in range(8):
        assert sign_in(client).status_code == 302
        client.delete_cookie("pycam")


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/%09/evil.example",
        "javascript:alert(1)",
        "evil",
    ],
)
def test_the_sign_in_leads_nowhere_else(client: FlaskClient, target: str) -> None:
    assert sign_in(client, to=target).location == "/"


def test_every_answer_tells_the_browser_what_to_refuse(client: FlaskClient) -> None:
    for path in ("/sign-in", "/static/style.css", "/nothing", "/health"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
    assert client.get("/sign-in").headers["Cache-Control"] == "no-store"


def test_a_form_larger_than_any_of_ours_is_refused(client: FlaskClient) -> None:
    token = csrf_token(client.get("/sign-in"))
    answer = client.post("/sign-in", data={"csrf_token": token, "password": "x" * 200_000})
    assert answer.status_code == 413
