"""The story in the terminal reads like sentences: no ids, no markup, nothing twice, and of an edit what is new."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from slack_sdk import WebClient

from app.demo.workspace import MEMBER, OWNER, Workspace
from app.demo.workspace.story import plain
from app.slack.messages import AlertFacts, alert
from tests.demo.test_workspace_people import EMPTY, App, as_json, post_with_button

NAMES = {OWNER.id: "Robin", "C0PYCAMHOME": "#pycam"}
NOW = time.mktime((2026, 11, 20, 14, 3, 1, 0, 0, -1))


@pytest.fixture
def app() -> Iterator[App]:
    running = App()
    yield running
    running.stop()


@pytest.mark.parametrize(
    ("mrkdwn", "read"),
    [
        (f"*front* is armed by <@{OWNER.id}>", "front is armed by Robin"),
        ("<@U0NOBODY> in <#C0PYCAMHOME>, <!here>", "U0NOBODY in #pycam, @here"),
        (":label: tagged *occupied*", "tagged occupied"),
        ("at 14:03:02, in 2:1:2", "at 14:03:02, in 2:1:2"),
        (
            "_owners_, ~gone~, *bold* and snake_case_name, 2 * 3 * 4",
            "owners, gone, bold and snake_case_name, 2 * 3 * 4",
        ),
        ("`*as it is*` and ```\n:x: <@U1>\n```", "*as it is* and :x: <@U1>"),
        ("&lt;b&gt; &amp;amp; &quot;", "<b> &amp; &quot;"),
        ("<https://pi/|Glances> <https://pi/>", "Glances (https://pi/) https://pi/"),
        (f"<!date^{NOW:.0f}^{{date_short_pretty}} {{time_secs}}|x>", "today 14:03:01"),
        (f"<!date^{NOW - 86400:.0f}^{{date_pretty}}|x>", "yesterday"),
        (f"<!date^{NOW - 9 * 86400:.0f}^{{date_short}} at {{time}}|x>", "Nov 11, 2026 at 14:03"),
        ("<!date^soon^{time}|later>", "later"),
        ("<!date^1^{moon}|later>", "later"),
        ("<!date^99999999999999^{time}|later>", "later"),
    ],
)
def test_markup_is_read_as_text(mrkdwn: str, read: str) -> None:
    assert plain(mrkdwn, NAMES, NOW) == read


@example("<|x>")
@given(st.text(alphabet="ab <>|@#!^:*_~`&;{}\n1", max_size=60))
def test_any_text_can_be_read(text: str) -> None:
    assert isinstance(plain(text, NAMES, NOW), str)


def test_a_command_an_answer_and_a_click_are_a_line_each(app: App) -> None:
    lines: list[str] = []
    with Workspace(app_url=app.url, on_event=lines.append) as slack:
        app.answer = lambda: as_json({"text": f"*front* armed by <@{OWNER.id}>"})
        slack.command("/pycam_on", "front")
        app.answer = lambda: EMPTY
        slack.click(post_with_button(slack), "go", user=MEMBER.id)
    assert lines == [
        "#pycam Robin typed /pycam_on front",
        "#pycam pycam: front armed by Robin [only Robin sees this]",
        "#pycam pycam: alert [Go]",
        "#pycam Sam pressed [Go]",
    ]


def test_a_command_that_all_see_is_not_told_twice(app: App) -> None:
    lines: list[str] = []
    with Workspace(app_url=app.url, on_event=lines.append) as slack:
        app.answer = lambda: as_json({"text": "on", "response_type": "in_channel"})
        slack.command("/pycam_on")
        assert [message.text for message in slack.messages()] == ["/pycam_on", "on"]
    assert lines == ["#pycam Robin typed /pycam_on", "#pycam pycam: on"]


def test_of_an_edited_alert_is_told_what_is_new() -> None:
    lines: list[str] = []
    facts: dict[str, Any] = {"event_id": "20261120T140301-front-9f3a0c1e", "camera": "front"}
    facts |= {"started": NOW, "sent": NOW, "person_score": 0.87, "training": True}
    with Workspace(on_event=lines.append) as slack:
        client = WebClient(slack.bot_token, base_url=slack.api_url)
        text, blocks = alert(AlertFacts(**facts))
        ts = client.chat_postMessage(channel=slack.channel.id, text=text, blocks=blocks)["ts"]
        upload = client.files_upload_v2(filename="front.png", content=b"\x89PNG\r\n\x1a\n" + bytes(1500))
        for more in (
            {"picture": upload["files"][0]["id"]},
            {"ended": NOW + 12},
            {"tag": "occupied", "tagged_by": OWNER.id, "tagged_at": NOW + 30},
            {},
        ):
            facts |= more
            text, blocks = alert(AlertFacts(**facts))
            client.chat_update(channel=slack.channel.id, ts=ts, text=text, blocks=blocks)
        client.files_delete(file=upload["files"][0]["id"])
    day = "today" if time.strftime("%F") == "2026-11-20" else "Nov 20, 2026"
    assert lines == [
        "#pycam pycam: Person at front (clearly, 87 %) [Occupied] [Unoccupied] [Snooze 30 min] [Disarm]",
        "pycam uploaded front.png, 2 kB",
        '#pycam pycam changed "Person at front (clearly, 87 %)": picture added',
        '#pycam pycam changed "Person at front (clearly, 87 %)": lasted 12 s',
        f'#pycam pycam changed "Person at front (clearly, 87 %)": tagged occupied by Robin, {day} 14:03:31',
        '#pycam pycam changed "Person at front (clearly, 87 %)": nothing new to read',
        "pycam deleted front.png",
    ]
