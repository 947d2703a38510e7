"""The same commands as in Slack, for whoever knows the password; the channel hears of what changed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import fakeredis
import pytest
from flask.testing import FlaskClient

from app.settings import Settings
from app.state.facts import CameraFact, say
from app.state.wishes import Head, Place, Places, field_of, read_wishes, write_wishes
from tests.web.dashboard.conftest import NOW, csrf_token, sign_in

HTML = {"Accept": "text/html"}


@pytest.fixture
def redis(redis_server: fakeredis.FakeServer) -> fakeredis.FakeRedis:
    return fakeredis.FakeRedis(server=redis_server, decode_responses=True)


def give(client: FlaskClient, command: str, text: str = "", accept: str = "application/json") -> str:
    token = csrf_token(client.get("/system"))
    answer = client.post(
        f"/command/{command}", data={"csrf_token": token, "text": text}, headers={"Accept": accept}
    )
    assert answer.status_code == 200, answer.text
    said: str = answer.json["answer"]
    return said


def outbox(data: Path) -> list[dict[str, object]]:
    return [json.loads(path.read_text()) for path in sorted(data.glob("outbox/**/*.json"))]


def test_arming_is_a_wish_like_any_other_and_the_channel_hears_of_it(
    client: FlaskClient, redis: fakeredis.FakeRedis, settings: Settings
) -> None:
    sign_in(client)
    assert give(client, "pycam_on", "front").startswith("front is armed by the dashboard.")
    armed = read_wishes(redis).armed["front"]
    assert (armed.on, armed.by, armed.at) == (True, "the dashboard", NOW)
    [item] = outbox(settings.storage.data)
    assert item["kind"] == "post"
    assert "is armed by the dashboard" in str(item["payload"])
    assert ">armed<" in client.get("/live").text


def pressed(client: FlaskClient) -> list[str]:
    return re.findall(r'aria-pressed="true"[^>]*>([^<]+)<', client.get("/system").text)


def test_the_switches_show_how_they_stand(client: FlaskClient, redis_server: fakeredis.FakeServer) -> None:
    sign_in(client)
    assert pressed(client) == ["Disarm", "On", "No"]
    for command in ("pycam_on", "notifications_off", "auto_detect_on"):
        give(client, command)
    assert pressed(client) == ["Arm", "Off", "Yes"]
    give(client, "notifications_on")
    give(client, "notifications_off", "1h")
    assert pressed(client) == ["Arm", "Off for 1 h", "Yes"]  # until when is said below
    give(client, "guest", "2h")
    assert pressed(client) == ["Arm", "Off for 1 h", "Yes", "For 4 h"]
    assert "a guest pass for another 2 h" in client.get("/system").text
    give(client, "guest", "off")
    assert pressed(client) == ["Arm", "Off for 1 h", "Yes"]
    assert "guest pass" not in client.get("/system").text.partition("<h1>")[2]
    redis_server.connected = False
    assert pressed(client) == []


def test_what_is_so_already_tells_nobody_else(client: FlaskClient, settings: Settings) -> None:
    sign_in(client)
    give(client, "pycam_on")
    assert "already armed" in give(client, "pycam_on")
    assert len(outbox(settings.storage.data)) == 1


def test_a_browser_without_scripts_reads_the_answer_on_the_page(client: FlaskClient) -> None:
    sign_in(client)
    token = csrf_token(client.get("/system"))
    answer = client.post("/command/auto_detect_on", data={"csrf_token": token}, headers=HTML)
    assert (answer.status_code, answer.location) == (302, "/system")
    back = client.post("/command/auto_detect_on", data={"csrf_token": token, "page": "/live"}, headers=HTML)
    assert back.location == "/live"
    assert "Arming by presence is on, by the dashboard" in client.get("/system").text


@pytest.mark.parametrize("command", ["init", "top", "tune", "glances", "nonsense", "..", "pycam"])
def test_other_commands_stay_in_slack(client: FlaskClient, command: str) -> None:
    sign_in(client)
    token = csrf_token(client.get("/system"))
    answer = client.post(f"/command/{command}", data={"csrf_token": token}, headers=HTML)
    assert answer.status_code in (400, 404, 405)


def test_nobody_commands_without_a_sign_in_or_from_another_site(
    client: FlaskClient, redis: fakeredis.FakeRedis
) -> None:
    token = csrf_token(client.get("/sign-in"))
    assert client.post("/command/pycam_on", data={"csrf_token": token}).status_code == 401
    sign_in(client)
    assert client.post("/command/pycam_on").status_code == 400
    assert client.get("/command/pycam_on").status_code == 405
    assert read_wishes(redis).armed == {}


def test_a_mistake_is_explained_and_changes_nothing(client: FlaskClient, redis: fakeredis.FakeRedis) -> None:
    sign_in(client)
    assert "too far" in give(client, "rotate", "500 0")
    assert read_wishes(redis).head == {}
    token = csrf_token(client.get("/system"))
    assert client.post("/command/rotate", data={"csrf_token": token, "text": "1" * 500}).status_code == 400


def test_without_redis_nothing_is_pretended(client: FlaskClient, redis_server: fakeredis.FakeServer) -> None:
    sign_in(client)
    token = csrf_token(client.get("/system"))
    redis_server.connected = False
    answer = client.post(
        "/command/pycam_off", data={"csrf_token": token}, headers={"Accept": "application/json"}
    )
    assert "nothing was changed" in answer.json["answer"]
    assert "Redis does not answer" in client.get("/system").text
    assert "cannot be told" in client.get("/live").text


def test_the_pad_leads_from_where_the_camera_was_asked_to_look(
    client: FlaskClient, redis: fakeredis.FakeRedis
) -> None:
    say(redis, {"camera:front": CameraFact(at=NOW, source_state="running", head="pantilt")})
    wish = Head(by="U1", at=NOW, pan=85, tilt=-20)
    places = Places(by="U1", at=NOW, places={"door": Place(pan=1, tilt=2)})
    write_wishes(redis, {field_of(wish, "front"): wish, field_of(places, "front"): places})
    sign_in(client)
    page = client.get("/live").text
    for text in ("90 -20 front", "75 -20 front", "85 -10 front", "85 -30 front", "0 0 front", "door front"):
        assert f'value="{text}"' in page
    give(client, "rotate", "75 -20 front")
    assert read_wishes(redis).head["front"].pan == 75


def test_a_camera_without_a_head_has_no_pad(client: FlaskClient, redis: fakeredis.FakeRedis) -> None:
    say(redis, {"camera:front": CameraFact(at=NOW, source_state="running")})
    sign_in(client)
    assert 'class="pad"' not in client.get("/live").text


def test_the_system_page_says_what_pi_status_says(client: FlaskClient, redis: fakeredis.FakeRedis) -> None:
    say(redis, {"camera:front": CameraFact(at=NOW, source_state="running", fps=9.7, reason="<b>")})
    sign_in(client)
    page = client.get("/system").text
    assert "9.7 frames a second" in page
    assert "notifier never heard of" in page
    assert "dashboard alive" not in page or "it answers this" in page
    assert "<b>" not in page
    assert "*" not in page[page.index('class="card facts status"') :]
