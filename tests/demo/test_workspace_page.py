"""The page: what it hands to whom, that it stays live, and that nothing said in it becomes markup."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from slack_sdk import WebClient

from app.demo.workspace import MEMBER, OWNER, STRANGER, Workspace
from app.demo.workspace.feed import Feed


@pytest.fixture
def slack() -> Iterator[Workspace]:
    with Workspace() as workspace:
        yield workspace


@pytest.fixture
def browser(slack: Workspace) -> requests.Session:
    session = requests.Session()
    session.get(slack.url, timeout=5).raise_for_status()
    return session


def snapshot(browser: requests.Session, slack: Workspace, user: str = OWNER.id) -> dict[str, Any]:
    return dict(browser.get(slack.url + "ui/snapshot", params={"user": user}, timeout=5).json())


def events(
    browser: requests.Session, slack: Workspace, user: str, after: str, count: int
) -> list[tuple[str, str, Any]]:
    """The next `count` events of the stream as (id, kind, data)."""
    answer = browser.get(
        slack.url + "ui/stream", params={"user": user, "after": after}, stream=True, timeout=10
    )
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    found: list[tuple[str, str, Any]] = []
    fields: dict[str, str] = {}
    for line in answer.iter_lines(chunk_size=1, decode_unicode=True):
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif "event" in fields:
            found.append((fields["id"], fields["event"], json.loads(fields["data"])))
            fields = {}
        if len(found) == count:
            break
    answer.close()
    return found


def test_the_stream_tells_of_messages_edits_deletions_and_the_notice(
    slack: Workspace, browser: requests.Session
) -> None:
    after = snapshot(browser, slack)["position"]
    client = WebClient(slack.bot_token, base_url=slack.api_url)
    ts = client.chat_postMessage(channel="pycam", text="one")["ts"]
    client.chat_update(channel=slack.channel.id, ts=ts, text="two")
    client.chat_delete(channel=slack.channel.id, ts=ts)
    slack.set_notice("watching")
    told = events(browser, slack, OWNER.id, after, 4)
    assert [kind for _, kind, _ in told] == ["message", "message", "delete", "notice"]
    assert (told[1][2]["text"], told[1][2]["edited"]) == ("two", True)
    assert told[3][2] == {"text": "watching"}


def test_the_page_hears_once_when_the_camera_begins_or_ends_to_watch(
    slack: Workspace, browser: requests.Session
) -> None:
    opened = snapshot(browser, slack)
    assert opened["house"]["watching"] is None
    for watching in (None, True, True, False, None):
        slack.house.show_watching(watching)
    slack.set_notice("the end")
    told = events(browser, slack, OWNER.id, opened["position"], 4)
    assert [data.get("watching") for _, _, data in told] == [True, False, None, None]
    assert [kind for _, kind, _ in told] == ["house", "house", "house", "notice"]


def test_a_page_that_comes_back_hears_only_what_it_missed(
    slack: Workspace, browser: requests.Session
) -> None:
    after = snapshot(browser, slack)["position"]
    slack.say("one")
    slack.say("two")
    (first,) = events(browser, slack, OWNER.id, after, 1)
    (second,) = events(browser, slack, OWNER.id, first[0], 1)
    assert second[2]["text"] == "two"


@pytest.mark.parametrize("after", ["", "nonsense", "00000000-3"])
def test_a_page_of_another_workspace_is_told_to_start_again(
    slack: Workspace, browser: requests.Session, after: str
) -> None:
    ((_, kind, _),) = events(browser, slack, OWNER.id, after, 1)
    assert kind == "reset"


def test_a_page_that_missed_more_than_is_kept_is_told_to_start_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.demo.workspace.feed.KEPT_EVENTS", 2)
    feed = Feed()
    start = feed.position()
    for number in range(3):
        feed.publish("message", {"n": number})
    stream = feed.stream("U0", start)
    assert next(stream).startswith("retry:")
    assert "event: reset" in next(stream)


def test_an_ephemeral_message_reaches_its_reader_and_no_other(
    slack: Workspace, browser: requests.Session
) -> None:
    after = snapshot(browser, slack)["position"]
    client = WebClient(slack.bot_token, base_url=slack.api_url)
    client.chat_postEphemeral(channel=slack.channel.id, user=MEMBER.id, text="for sam")
    client.chat_postMessage(channel=slack.channel.id, text="for all")
    assert [m["text"] for m in snapshot(browser, slack, MEMBER.id)["messages"]] == ["for sam", "for all"]
    assert [m["text"] for m in snapshot(browser, slack, STRANGER.id)["messages"]] == ["for all"]
    ((_, _, heard),) = events(browser, slack, STRANGER.id, after, 1)
    assert heard["text"] == "for all"


def test_a_person_can_speak_and_type_a_command_from_the_page(
    slack: Workspace, browser: requests.Session
) -> None:
    said = browser.post(
        slack.url + "ui/send",
        json={"user": MEMBER.id, "channel": slack.channel.id, "text": " hello "},
        timeout=5,
    )
    assert said.json() == {"ok": True, "error": None}
    assert [(m.user, m.text) for m in slack.messages()] == [(MEMBER.id, "hello")]
    typed = browser.post(
        slack.url + "ui/send",
        json={"user": OWNER.id, "channel": slack.channel.id, "text": "/rotate  1 2"},
        timeout=5,
    )
    assert typed.json()["error"] == "dispatch_failed", "no app is there"
    assert slack.requests[-1].args["text"] == "1 2"


@pytest.mark.parametrize(
    ("path", "body", "error"),
    [
        ("send", {"user": "U0NOBODY", "text": "x"}, "user_not_found"),
        ("send", {"user": OWNER.id, "channel": "C0NOWHERE", "text": "x"}, "channel_not_found"),
        ("send", {"user": OWNER.id, "channel": "C0PYCAMHOME", "text": " "}, "no_text"),
        (
            "click",
            {"user": OWNER.id, "channel": "C0PYCAMHOME", "ts": "1.1", "action_id": "a"},
            "message_not_found",
        ),
    ],
)
def test_the_page_is_told_what_was_wrong(
    slack: Workspace, browser: requests.Session, path: str, body: dict[str, str], error: str
) -> None:
    assert browser.post(f"{slack.url}ui/{path}", json=body, timeout=5).json() == {"ok": False, "error": error}


def test_a_home_tab_and_a_dialog_reach_their_person_and_no_other(
    slack: Workspace, browser: requests.Session
) -> None:
    client = WebClient(slack.bot_token, base_url=slack.api_url)
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "hello"}}
    start = {user: snapshot(browser, slack, user)["position"] for user in (OWNER.id, MEMBER.id)}
    client.views_publish(user_id=OWNER.id, view={"type": "home", "blocks": [section]})
    modal = {"type": "modal", "title": {"type": "plain_text", "text": "Settings"}, "blocks": [section]}
    client.views_open(trigger_id=slack.views.new_trigger(OWNER.id), view=modal)
    told = events(browser, slack, OWNER.id, start[OWNER.id], 2)
    assert [(kind, data["view"]["type"]) for _, kind, data in told] == [("home", "home"), ("dialog", "modal")]
    slack.say("hi")
    assert [kind for _, kind, _ in events(browser, slack, MEMBER.id, start[MEMBER.id], 1)] == ["message"]
    mine, theirs = snapshot(browser, slack), snapshot(browser, slack, MEMBER.id)
    assert mine["dialog"]["title"]["text"] == "Settings"
    assert (theirs["home"], theirs["dialog"]) == (None, None)


@pytest.mark.parametrize(
    ("act", "body", "error"),
    [
        ("press", {"action_id": "go"}, "view_not_found"),
        ("submit", {"values": {}}, "view_not_found"),
        ("open", {"user": "U0NOBODY"}, "user_not_found"),
        ("close", {}, None),
    ],
)
def test_what_a_person_does_with_views_is_answered(
    act: str, body: dict[str, Any], error: str | None, slack: Workspace, browser: requests.Session
) -> None:
    answer = browser.post(f"{slack.url}ui/view/{act}", json={"user": OWNER.id, **body}, timeout=5).json()
    assert (answer["ok"], answer["error"]) == (error is None, error)


def test_there_is_no_other_thing_to_do_with_views(slack: Workspace, browser: requests.Session) -> None:
    assert browser.post(f"{slack.url}ui/view/dance", json={"user": OWNER.id}, timeout=5).status_code == 404
    assert requests.post(f"{slack.url}ui/view/open", json={"user": OWNER.id}, timeout=5).status_code == 403


def test_nobody_acts_or_reads_without_having_opened_the_page(
    slack: Workspace, browser: requests.Session
) -> None:
    body = {"user": OWNER.id, "channel": slack.channel.id, "text": "x"}
    assert requests.post(slack.url + "ui/send", json=body, timeout=5).status_code == 403
    assert requests.get(slack.url + "ui/snapshot", timeout=5).status_code == 403
    assert requests.get(slack.url + "ui/stream", timeout=5).status_code == 403
    assert browser.post(slack.url + "ui/send", data=body, timeout=5).status_code == 415, (
        "a form of a foreign page"
    )
    assert slack.messages() == []


def test_a_foreign_name_that_points_here_is_not_answered(slack: Workspace) -> None:
    assert requests.get(slack.url, headers={"Host": "evil.example:80"}, timeout=5).status_code == 421
    port = slack.url.rsplit(":", 1)[1].strip("/")
    assert requests.get(slack.url, headers={"Host": f"localhost:{port}"}, timeout=5).status_code == 200


def test_what_is_said_cannot_leave_the_data_it_stands_in(slack: Workspace) -> None:
    slack.say("</script><script>alert(1)</script>")
    answer = requests.get(slack.url, timeout=5)
    assert "<script>alert" not in answer.text
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


def test_the_page_needs_nothing_from_elsewhere() -> None:
    folder = Path(__file__).parents[2] / "app" / "demo" / "workspace"
    sources = [*folder.glob("static/*"), *folder.glob("templates/*")]
    assert len(sources) > 8
    for source in sources:
        text = source.read_text().replace("http://www.w3.org/2000/svg", "")
        assert "://" not in text.replace("(https?:\\/\\/", ""), source.name
        assert "innerHTML" not in text, source.name


def test_a_browser_draws_the_message_and_runs_nothing_that_was_said(slack: Workspace, tmp_path: Path) -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("chromium is not installed")
    slack.say(
        "*bold* `code` <https://example.org|site> <javascript:alert(1)|bad> <img src=x onerror=alert(1)> <@U0HOMEMEMBR>"
    )
    dom = subprocess.run(
        [
            chromium,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            f"--user-data-dir={tmp_path}",
            "--dump-dom",
            slack.url,
        ],
        capture_output=True,
        text=True,
        timeout=90,
        check=True,
    ).stdout
    assert "<strong>bold</strong> <code>code</code>" in dom
    assert '<a href="https://example.org" target="_blank" rel="noopener noreferrer">site</a>' in dom
    assert '<span class="mention">@Sam</span>' in dom
    assert "&lt;img src=x onerror=alert(1)&gt;" in dom
    assert "<img src=" not in dom
    assert 'href="javascript:' not in dom


def test_stop_ends_the_streams_and_may_be_called_twice(slack: Workspace, browser: requests.Session) -> None:
    position = snapshot(browser, slack)["position"]
    answer = browser.get(slack.url + "ui/stream", params={"after": position}, stream=True, timeout=10)
    lines = answer.iter_lines(decode_unicode=True)
    assert next(lines) == "retry: 1000"
    slack.stop()
    slack.stop()
    assert [line for line in lines if line] == []


def test_listening_beyond_this_machine_is_warned_about(caplog: pytest.LogCaptureFixture) -> None:
    with Workspace(host="0.0.0.0") as slack:  # noqa: S104  (what is tested)
        assert slack.url.startswith("http://127.0.0.1:")
    assert "anyone on this network can read it" in caplog.text


def test_started_alone_it_prints_what_the_app_needs_and_ends_on_a_signal() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "app.demo.workspace"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as process:
        assert process.stdout is not None
        printed = []
        for line in process.stdout:
            printed.append(line.split("=")[0])
            if line.startswith("open "):
                assert requests.get(line.split()[1], timeout=5).status_code == 200
                process.terminate()
        secrets = ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET"]
        assert printed[:4] == ["SLACK_API_URL", *secrets]
        assert process.wait(timeout=30) == 0
