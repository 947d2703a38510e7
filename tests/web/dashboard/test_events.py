"""The list of events, the page of each, and what may be done with one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app.domain import Tag
from app.settings import Settings
from app.store.events import EventStore
from tests.web.dashboard.builders import event
from tests.web.dashboard.conftest import Clock, csrf_token, sign_in

HTML = {"Accept": "text/html"}


@pytest.fixture
def store(settings: Settings) -> EventStore:
    return EventStore(settings.storage.data / "events")


def post(client: FlaskClient, path: str, **fields: str) -> int:
    """A form of the page, as a browser sends it."""
    token = csrf_token(client.get("/"))
    return client.post(path, data={"csrf_token": token, **fields}, headers=HTML).status_code


def test_a_new_house_has_an_empty_list_that_says_what_will_come(client: FlaskClient) -> None:
    sign_in(client)
    assert "Nothing has happened yet" in client.get("/").text


def test_the_list_shows_each_event_with_its_picture_newest_first(
    client: FlaskClient, settings: Settings
) -> None:
    older, newer = event(settings, ago=7200), event(settings, ago=60, clip=True)
    sign_in(client)
    page = client.get("/").text
    assert page.index(newer) < page.index(older)
    assert f'src="/events/{newer}/alert.jpg"' in page
    assert "▶ 20 s" in page
    assert "87 %" in page


def test_filters_leave_out_the_rest_and_stay_chosen(client: FlaskClient, settings: Settings) -> None:
    person, motion = event(settings), event(settings, person_score=None)
    sign_in(client)
    page = client.get("/?score=50&day=").text
    assert person in page
    assert motion not in page
    assert 'value="50"' in page


def test_an_address_that_asks_for_what_cannot_be_shows_all_and_says_so(
    client: FlaskClient, settings: Settings
) -> None:
    there = event(settings)
    sign_in(client)
    for query in ("day=9999999-01-01", "day=<script>", "camera=../..", "tag=x", "score=-1", "score=9e9"):
        page = client.get(f"/?{query}")
        assert page.status_code == 200
        assert there in page.text
        assert 'class="notice warn"' in page.text
        assert "<script>" not in page.text


def test_older_pages_follow_and_none_shows_an_event_twice(client: FlaskClient, settings: Settings) -> None:
    ids = {event(settings, ago=60 + 60 * number) for number in range(60)}
    sign_in(client)
    first = client.get("/").text
    older = first.split('rel="next" href="')[1].split('"')[0]
    second = client.get(older.replace("&amp;", "&")).text
    on_first, on_second = ({one for one in ids if one in page} for page in (first, second))
    assert (len(on_first), len(on_second)) == (48, 12)
    assert on_first | on_second == ids


def test_the_open_list_is_not_sent_again_while_nothing_changes(
    client: FlaskClient, settings: Settings
) -> None:
    event(settings)
    sign_in(client)
    answer = client.get("/events/list")
    again = client.get("/events/list", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    new = event(settings, ago=1)
    fresh = client.get("/events/list", headers={"If-None-Match": answer.headers["ETag"]})
    assert fresh.status_code == 200
    assert new in fresh.text


def test_the_page_of_an_event_tells_all_that_is_known(client: FlaskClient, settings: Settings) -> None:
    one = event(
        settings, clip=True, person_model="nano <b>", nothing_probability=0.9, muted_why="<@U1> said so"
    )
    sign_in(client)
    page = client.get(f"/events/{one}").text
    for fact in ("87 %", "nano &lt;b&gt;", "90 % likely nothing", "of which 10 s before", one, "<video"):
        assert fact in page


def test_what_a_camera_calls_an_event_cannot_become_markup(client: FlaskClient, settings: Settings) -> None:
    one = event(settings, label="<script>alert(1)</script>", end_reason="<img src=x>")
    sign_in(client)
    for path in ("/", f"/events/{one}"):
        page = client.get(path).text
        assert "<script>alert" not in page.lower()
        assert "<img src=x>" not in page


@pytest.mark.parametrize("tag", list(Tag))
def test_a_tag_is_kept_and_the_message_in_slack_follows(
    client: FlaskClient, settings: Settings, store: EventStore, tag: Tag
) -> None:
    one = event(settings)
    sign_in(client)
    assert post(client, f"/events/{one}/tag", tag=tag.value) == 302
    kept = store.tag_of(one)
    assert kept is not None
    assert (kept.tag, kept.by) == (tag, "the dashboard")
    waiting = [json.loads(path.read_text()) for path in settings.storage.data.glob("outbox/**/*.json")]
    assert [item["kind"] for item in waiting] == ["edit"]
    assert f">{tag.value.capitalize()}</button>" in client.get(f"/events/{one}").text


def test_a_tag_there_is_not_is_refused(client: FlaskClient, settings: Settings, store: EventStore) -> None:
    one = event(settings)
    sign_in(client)
    for tag in ("", "maybe", "OCCUPIED"):
        assert post(client, f"/events/{one}/tag", tag=tag) == 400
    assert store.tag_of(one) is None


def test_a_kept_event_is_deleted_only_after_it_was_let_go(
    client: FlaskClient, settings: Settings, store: EventStore
) -> None:
    one = event(settings)
    sign_in(client)
    post(client, f"/events/{one}/keep", keep="yes")
    post(client, f"/events/{one}/delete")
    assert store.get(one) is not None
    assert "Let go of it first" in client.get(f"/events/{one}").text
    post(client, f"/events/{one}/keep", keep="no")
    post(client, f"/events/{one}/delete")
    assert store.get(one) is None
    assert "The event is deleted" in client.get("/").text


def test_an_event_that_goes_on_is_not_deleted(
    client: FlaskClient, settings: Settings, store: EventStore, clock: Clock
) -> None:
    one = event(settings, ended=None)
    sign_in(client)
    post(client, f"/events/{one}/delete")
    assert store.get(one) is not None


@pytest.mark.parametrize("action", ["tag", "keep", "delete"])
def test_nothing_changes_without_a_sign_in_or_a_csrf_token(
    client: FlaskClient, settings: Settings, store: EventStore, action: str
) -> None:
    one = event(settings)
    fields = {"tag": "occupied", "keep": "yes"}
    token = csrf_token(client.get("/sign-in"))
    assert client.post(f"/events/{one}/{action}", data={"csrf_token": token, **fields}).status_code == 401
    sign_in(client)
    assert client.post(f"/events/{one}/{action}", data=fields).status_code == 400
    assert client.post(f"/events/{one}/{action}", data={"csrf_token": "x", **fields}).status_code == 400
    assert client.get(f"/events/{one}/{action}").status_code in (404, 405)
    assert (store.tag_of(one), store.kept(one)) == (None, None)
    assert store.get(one) is not None


@pytest.mark.parametrize(
    "event_id",
    [
        "..",
        "%2e%2e%2f%2e%2e%2fetc",
        "20261120T140301-front-00000000",
        "x" * 300,
        "20261120T140301-front-0000000/..",
        "%00",
    ],
)
def test_an_id_that_is_none_is_not_found_and_leads_nowhere(client: FlaskClient, event_id: str) -> None:
    sign_in(client)
    for name in ("", "/alert.jpg", "/clip.mp4", "/export.zip"):
        assert client.get(f"/events/{event_id}{name}").status_code in (404, 405, 308)
    assert post(client, f"/events/{event_id}/delete") in (404, 405, 308)


def test_what_is_not_there_is_said_in_a_page(client: FlaskClient) -> None:
    sign_in(client)
    page = client.get("/events/20261120T140301-front-00000000", headers=HTML)
    assert page.status_code == 404
    assert "There is no such page" in page.text


def test_a_full_disk_refuses_the_tag_and_says_why(
    client: FlaskClient, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.store import events
    from app.store.files import DiskFull

    one = event(settings)
    sign_in(client)

    def full(path: Path, data: bytes) -> None:
        raise DiskFull(f"no space left for {path}")

    monkeypatch.setattr(events, "write_whole", full)
    token = csrf_token(client.get("/"))
    answer = client.post(f"/events/{one}/tag", data={"csrf_token": token, "tag": "occupied"}, headers=HTML)
    assert answer.status_code == 507
    assert "The disk takes nothing" in answer.text
