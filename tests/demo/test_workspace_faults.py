"""Bad weather, as Slack's own client meets it, and what the workspace knows of it afterwards."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.client import RemoteDisconnected

import pytest
import requests
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from app.demo.workspace import Workspace
from app.demo.workspace.faults import RateLimit


@pytest.fixture
def slack() -> Iterator[Workspace]:
    with Workspace() as workspace:
        yield workspace


@pytest.fixture
def client(slack: Workspace) -> WebClient:
    return WebClient(slack.bot_token, base_url=slack.api_url, retry_handlers=[])


def test_429_names_the_seconds_to_wait_and_the_next_call_goes_through(
    slack: Workspace, client: WebClient
) -> None:
    slack.faults.add("chat.postMessage", "429", retry_after=7)
    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(channel="pycam", text="x")
    assert caught.value.response.status_code == 429  # type: ignore[union-attr]
    assert caught.value.response.headers["Retry-After"] == "7"  # type: ignore[union-attr]
    client.chat_postMessage(channel="pycam", text="x")
    assert [(r.status, r.ok, r.fault) for r in slack.requests] == [(429, False, "429"), (200, True, None)]


@pytest.mark.parametrize("kind", ["500", "garbage"])
def test_an_answer_that_is_no_answer_is_an_error_and_nothing_was_done(
    slack: Workspace, client: WebClient, kind: str
) -> None:
    slack.faults.add("*", kind)  # type: ignore[arg-type]
    with pytest.raises(SlackApiError):
        client.chat_postMessage(channel="pycam", text="x")
    assert slack.messages() == []


@pytest.mark.parametrize(("kind", "taken"), [("drop", 0), ("drop_after", 1)])
def test_a_dropped_connection_looks_the_same_whether_slack_took_the_message_or_not(
    slack: Workspace, client: WebClient, kind: str, taken: int
) -> None:
    slack.faults.add("chat.postMessage", kind)  # type: ignore[arg-type]
    with pytest.raises((RemoteDisconnected, ConnectionError)):
        client.chat_postMessage(channel="pycam", text="x")
    assert len(slack.messages()) == taken
    assert [(r.status, r.ok, r.fault) for r in slack.calls("chat.postMessage")] == [(None, bool(taken), kind)]


@pytest.mark.parametrize(("kind", "taken"), [("hang", 0), ("slow", 1)])
def test_a_caller_that_hangs_is_let_go_when_the_faults_are_cleared(
    slack: Workspace, kind: str, taken: int
) -> None:
    slack.faults.add("chat.postMessage", kind, seconds=3600)  # type: ignore[arg-type]
    ended = threading.Event()

    def call() -> None:
        client = WebClient(slack.bot_token, base_url=slack.api_url, retry_handlers=[])
        try:
            client.chat_postMessage(channel="pycam", text="x")
        except (RemoteDisconnected, ConnectionError):
            pass
        finally:
            ended.set()

    threading.Thread(target=call, daemon=True).start()
    slack.wait_for(lambda: slack.requests, timeout=10)
    assert not ended.is_set()
    assert len(slack.messages()) == taken
    slack.faults.clear()
    assert ended.wait(10)


def test_a_hanging_slack_runs_into_the_callers_own_time_limit(slack: Workspace) -> None:
    slack.faults.add("*", "hang", seconds=3600)
    with pytest.raises(TimeoutError):
        WebClient(slack.bot_token, base_url=slack.api_url, timeout=1, retry_handlers=[]).api_call("auth.test")


def test_an_upload_can_be_dropped_too(slack: Workspace, client: WebClient) -> None:
    slack.faults.add("upload", "drop", times=2)
    reserved = client.files_getUploadURLExternal(filename="a", length=3)
    for _ in range(2):
        with pytest.raises(requests.ConnectionError):
            requests.post(reserved["upload_url"], data=b"abc", timeout=5)
    assert requests.post(reserved["upload_url"], data=b"abc", timeout=5).status_code == 200
    assert [r.ok for r in slack.calls("upload")] == [False, False, True]


def test_faults_are_served_in_order_to_the_method_they_name(slack: Workspace, client: WebClient) -> None:
    slack.faults.add("auth.test", "500")
    slack.faults.add("auth.test", "429")
    client.chat_postMessage(channel="pycam", text="not meant")
    for _ in range(2):
        with pytest.raises(SlackApiError):
            client.auth_test()
    client.auth_test()
    assert [r.status for r in slack.calls("auth.test")] == [500, 429, 200]


def test_a_fault_nobody_knows_is_refused_at_once(slack: Workspace) -> None:
    with pytest.raises(ValueError, match="unknown fault 'flood'"):
        slack.faults.add("*", "flood")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="at least 1"):
        slack.faults.add("*", "500", times=0)


def test_the_rate_limit_is_one_message_a_second_for_each_channel() -> None:
    now = [100.0]
    limit = RateLimit(lambda: now[0])
    assert limit.admit("C1") and limit.admit("C1"), "off by default"
    limit.enabled = True
    assert not limit.admit("C1")
    assert limit.admit("C2")
    now[0] += 1.0
    assert limit.admit("C1")


def test_a_burst_meets_429_when_the_rate_limit_is_on(slack: Workspace, client: WebClient) -> None:
    slack.rate_limit.enabled = True
    slack.rate_limit.seconds_per_message = 3600
    client.chat_postMessage(channel="pycam", text="one")
    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(channel=slack.channel.id, text="the same channel by its id")
    assert caught.value.response.headers["Retry-After"] == "1"  # type: ignore[union-attr]
    assert [m.text for m in slack.messages()] == ["one"]
