"""Slack's own client against the stand-in: what works, and every refusal."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from app.demo.workspace import Channel, Workspace

OUTSIDE = Channel("C0NOTJOINED", "random", bot_is_member=False)
SECRET = Channel("C0SECRETONE", "secret", bot_is_member=False, is_private=True)
SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "*hello*"}}


@pytest.fixture
def slack() -> Iterator[Workspace]:
    with Workspace(channels=[Channel("C0PYCAMHOME", "pycam"), OUTSIDE, SECRET]) as workspace:
        yield workspace


@pytest.fixture
def client(slack: Workspace) -> WebClient:
    return WebClient(slack.bot_token, base_url=slack.api_url)


def refusal(call: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
    with pytest.raises(SlackApiError) as caught:
        call(*args, **kwargs)
    response: Any = caught.value.response
    return dict(response.data)


def test_a_post_by_name_answers_with_the_id_that_an_update_needs(slack: Workspace, client: WebClient) -> None:
    posted = client.chat_postMessage(channel="#pycam", text="one", blocks=[SECTION])
    assert posted["channel"] == slack.channel.id
    client.chat_update(channel=posted["channel"], ts=posted["ts"], text="two", blocks=[SECTION])
    (message,) = slack.messages()
    assert (message.text, message.ts, message.revision) == ("two", posted["ts"], 1)
    assert message.blocks[0]["block_id"]


def test_ts_is_unique_and_increasing_even_when_the_clock_stands_still() -> None:
    with Workspace(clock=lambda: 1_700_000_000.0001) as slack:
        client = WebClient(slack.bot_token, base_url=slack.api_url)
        stamps = [client.chat_postMessage(channel=slack.channel.id, text="x")["ts"] for _ in range(3)]
    assert stamps == ["1700000000.000100", "1700000000.000101", "1700000000.000102"]


def test_a_reply_lands_in_the_thread_of_its_root(slack: Workspace, client: WebClient) -> None:
    root = client.chat_postMessage(channel=slack.channel.id, text="root")["ts"]
    first = client.chat_postMessage(channel=slack.channel.id, text="a", thread_ts=root)["ts"]
    client.chat_postMessage(channel=slack.channel.id, text="b", thread_ts=first)
    assert [reply.text for reply in slack.replies(slack.messages()[0])] == ["a", "b"]
    assert refusal(client.chat_postMessage, channel=slack.channel.id, text="c", thread_ts="1.000001") == {
        "ok": False,
        "error": "thread_not_found",
    }


def test_an_update_with_text_alone_drops_the_blocks_and_marks_the_message_edited(
    slack: Workspace, client: WebClient
) -> None:
    posted = client.chat_postMessage(channel=slack.channel.id, text="one", blocks=[SECTION])
    answer = client.chat_update(channel=slack.channel.id, ts=posted["ts"], text="two")
    assert slack.messages()[0].blocks == ()
    assert "edited" in answer["message"]


def test_only_its_reader_sees_an_ephemeral_message_and_no_api_reaches_it(
    slack: Workspace, client: WebClient
) -> None:
    user = next(iter(slack.users))
    ts = client.chat_postEphemeral(channel=slack.channel.id, user=user, text="psst")["message_ts"]
    assert slack.messages() == []
    assert slack.messages(ephemeral=True)[0].visible_to == user
    assert (
        refusal(client.chat_update, channel=slack.channel.id, ts=ts, text="x")["error"] == "message_not_found"
    )
    assert (
        refusal(client.chat_postEphemeral, channel=slack.channel.id, user="U0NOBODY", text="x")["error"]
        == "user_not_in_channel"
    )


def test_delete_takes_the_message_away(slack: Workspace, client: WebClient) -> None:
    ts = client.chat_postMessage(channel=slack.channel.id, text="x")["ts"]
    client.chat_delete(channel=slack.channel.id, ts=ts)
    assert slack.messages() == []
    assert refusal(client.chat_delete, channel=slack.channel.id, ts=ts)["error"] == "message_not_found"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"channel": "C0NOWHERE99", "text": "x"}, "channel_not_found"),
        ({"channel": OUTSIDE.id, "text": "x"}, "not_in_channel"),
        ({"channel": SECRET.id, "text": "x"}, "channel_not_found"),
        ({"channel": "pycam"}, "no_text"),
        ({"channel": "pycam", "text": ""}, "no_text"),
        ({"channel": "pycam", "blocks": []}, "no_text"),
        ({"channel": "pycam", "text": "x", "blocks": "[{"}, "invalid_blocks_format"),
        ({"text": "x"}, "invalid_arguments"),
    ],
)
def test_chat_post_message_refuses(client: WebClient, arguments: dict[str, Any], error: str) -> None:
    assert refusal(client.api_call, "chat.postMessage", json=arguments)["error"] == error


def test_chat_update_wants_an_id_its_own_message_and_at_most_4000_characters(
    slack: Workspace, client: WebClient
) -> None:
    ts = client.chat_postMessage(channel="pycam", text="mine")["ts"]
    theirs = slack.say("not yours")
    channel = slack.channel.id
    assert refusal(client.chat_update, channel="pycam", ts=ts, text="x")["error"] == "channel_not_found"
    assert (
        refusal(client.chat_update, channel=channel, ts="1.000001", text="x")["error"] == "message_not_found"
    )
    assert (
        refusal(client.chat_update, channel=channel, ts=theirs.ts, text="x")["error"] == "cant_update_message"
    )
    assert refusal(client.chat_delete, channel=channel, ts=theirs.ts)["error"] == "cant_delete_message"
    assert refusal(client.chat_update, channel=channel, ts=ts, text="x" * 4001)["error"] == "msg_too_long"
    assert refusal(client.chat_update, channel=channel, ts=ts, text="")["error"] == "no_text"
    assert [message.revision for message in slack.messages()] == [0, 0]


def test_a_long_post_is_cut_not_refused(slack: Workspace, client: WebClient) -> None:
    client.chat_postMessage(channel="pycam", text="x" * 40_001)
    assert len(slack.messages()[0].text) == 40_000


def test_invalid_blocks_come_with_the_places_that_are_wrong(client: WebClient) -> None:
    said = refusal(client.chat_postMessage, channel="pycam", text="x", blocks=[{"type": "section"}])
    assert said["error"] == "invalid_blocks"
    assert said["response_metadata"]["messages"] == [
        "[ERROR] missing required field: text or fields [json-pointer:/blocks/0]"
    ]


@pytest.mark.parametrize(
    ("headers", "error"),
    [
        ({}, "not_authed"),
        ({"Authorization": "Bearer "}, "not_authed"),
        ({"Authorization": "Basic abc"}, "not_authed"),
        ({"Authorization": "Bearer xoxb-wrong"}, "invalid_auth"),
    ],
)
def test_a_call_without_the_right_token_is_refused(
    slack: Workspace, headers: dict[str, str], error: str
) -> None:
    said = requests.post(slack.api_url + "auth.test", headers=headers, timeout=5)
    assert (said.status_code, said.json()) == (200, {"ok": False, "error": error})


def test_a_token_in_the_body_is_no_token_and_is_not_kept(slack: Workspace) -> None:
    said = requests.post(slack.api_url + "auth.test", data={"token": slack.bot_token, "a": "b"}, timeout=5)
    assert said.json()["error"] == "not_authed"
    assert slack.requests[-1].args == {"a": "b"}


def test_a_missing_scope_is_named(client: WebClient) -> None:
    said = refusal(client.conversations_info, channel="C0PYCAMHOME")
    assert said == {
        "ok": False,
        "error": "missing_scope",
        "needed": "channels:read",
        "provided": "chat:write,commands,files:read,files:write",
    }


def test_with_the_scopes_a_channel_can_be_found_and_joined() -> None:
    with Workspace(channels=[OUTSIDE], scopes={"chat:write", "channels:read", "channels:join"}) as slack:
        client = WebClient(slack.bot_token, base_url=slack.api_url)
        assert [channel["is_member"] for channel in client.conversations_list()["channels"]] == [False]
        client.conversations_join(channel=OUTSIDE.id)
        assert client.conversations_info(channel=OUTSIDE.id)["channel"]["is_member"] is True
        client.chat_postMessage(channel=OUTSIDE.id, text="now I may")


def test_an_unknown_method_and_an_unreadable_body_are_refused(slack: Workspace) -> None:
    token = {"Authorization": f"Bearer {slack.bot_token}"}
    unknown = requests.post(slack.api_url + "chat.shout", headers=token, timeout=5)
    assert unknown.json() == {"ok": False, "error": "unknown_method", "req_method": "chat.shout"}
    for body, kind, error in [
        (b"{", "application/json", "invalid_json"),
        (b"[]", "application/json", "json_not_object"),
        (b"x", "text/plain", "invalid_post_type"),
    ]:
        said = requests.post(
            slack.api_url + "auth.test", data=body, headers={**token, "Content-Type": kind}, timeout=5
        )
        assert said.json()["error"] == error


def test_everything_is_recorded_with_its_outcome(slack: Workspace, client: WebClient) -> None:
    client.chat_postMessage(channel="pycam", text="fine")
    refusal(client.chat_postMessage, channel="C0NOWHERE99", text="lost")
    assert [(r.direction, r.method, r.status, r.ok, r.error) for r in slack.requests] == [
        ("in", "chat.postMessage", 200, True, None),
        ("in", "chat.postMessage", 200, False, "channel_not_found"),
    ]
    assert "fine" in slack.requests[0].summary


def test_wait_for_returns_what_the_predicate_found_and_says_what_it_saw_instead(
    slack: Workspace, client: WebClient
) -> None:
    client.chat_postMessage(channel="pycam", text="seen")
    assert slack.wait_for(lambda: [m.text for m in slack.messages()], timeout=5) == ["seen"]
    with pytest.raises(TimeoutError, match=r"chat\.postMessage 200 ok=True"):
        slack.wait_for(lambda: False, timeout=0.01)


def test_a_scheduled_message_can_be_taken_back_once_and_is_never_posted(
    slack: Workspace, client: WebClient
) -> None:
    later = int(time.time()) + 3600
    scheduled = client.chat_scheduleMessage(channel="#pycam", text="later", post_at=later)
    taken = {"channel": slack.channel.id, "scheduled_message_id": scheduled["scheduled_message_id"]}
    assert client.chat_deleteScheduledMessage(**taken)["ok"]
    assert refusal(client.chat_deleteScheduledMessage, **taken)["error"] == "invalid_scheduled_message_id"
    assert slack.messages() == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"channel": OUTSIDE.id}, "not_in_channel"),
        ({"channel": SECRET.id}, "channel_not_found"),
        ({"post_at": 1}, "time_in_past"),
        ({"post_at": 2**34}, "time_too_far"),
        ({"post_at": "soon"}, "invalid_time"),
        ({"text": ""}, "no_text"),
    ],
)
def test_scheduling_is_refused_as_slack_would(
    slack: Workspace, client: WebClient, changes: dict[str, Any], code: str
) -> None:
    message = {"channel": slack.channel.id, "text": "later", "post_at": int(time.time()) + 3600}
    assert refusal(client.chat_scheduleMessage, **(message | changes))["error"] == code


def test_each_answer_names_the_scopes_of_its_token(slack: Workspace, client: WebClient) -> None:
    headers = client.auth_test().headers
    assert headers["x-oauth-scopes"] == "chat:write,commands,files:read,files:write"
    assert "x-oauth-scopes" not in client.api_test().headers
