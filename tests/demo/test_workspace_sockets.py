"""The stand-in's Socket Mode, seen by a bare WebSocket client."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest
import requests
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from app.demo.workspace import Acted, Workspace


@pytest.fixture
def slack() -> Iterator[Workspace]:
    with Workspace(socket_mode=True) as workspace:
        yield workspace


@pytest.fixture
def typed(slack: Workspace) -> Iterator[Any]:
    """Type commands in the background, because someone has to acknowledge them."""
    with ThreadPoolExecutor(4) as people:
        yield lambda name="/pycam_on": people.submit(slack.command, name)


def opened(slack: Workspace, token: str | None = None) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token or slack.app_token}"}
    answer: dict[str, Any] = requests.post(
        slack.api_url + "apps.connections.open", headers=headers, timeout=5
    ).json()
    return answer


@pytest.fixture
def link(slack: Workspace) -> Iterator[ClientConnection]:
    with connected(slack) as client:
        hear(client)
        yield client


def connected(slack: Workspace) -> ClientConnection:
    return connect(opened(slack)["url"], proxy=None, close_timeout=0.1)


def hear(client: ClientConnection) -> dict[str, Any]:
    message: dict[str, Any] = json.loads(client.recv(timeout=5))
    return message


def test_hello_counts_the_connections(slack: Workspace) -> None:
    with ExitStack() as stack:
        counts = [hear(stack.enter_context(connected(slack)))["num_connections"] for _ in range(3)]
    assert counts == [1, 2, 3]


def test_a_ticket_opens_one_connection(slack: Workspace) -> None:
    url = opened(slack)["url"]
    with connect(url, proxy=None):
        with pytest.raises(InvalidStatus):
            connect(url, proxy=None)
        with pytest.raises(InvalidStatus):
            connect(url.replace("ticket=", "ticket=x"), proxy=None)


def test_only_the_app_level_token_opens_connections_and_it_does_nothing_else(slack: Workspace) -> None:
    assert opened(slack, slack.bot_token)["error"] == "not_allowed_token_type"
    assert opened(slack, "xapp-1-wrong")["error"] == "invalid_auth"
    slack.tokens[slack.app_token] = frozenset()
    refused = opened(slack)
    assert (refused["error"], refused["needed"]) == ("missing_scope", "connections:write")
    headers = {"Authorization": f"Bearer {slack.app_token}"}
    posted = requests.post(slack.api_url + "auth.test", headers=headers, timeout=5).json()
    assert posted["error"] == "not_allowed_token_type"


def test_a_command_is_an_envelope_and_its_acknowledgement_the_answer(
    slack: Workspace, link: ClientConnection, typed: Any
) -> None:
    waiting = typed()
    envelope = hear(link)
    assert envelope["type"] == "slash_commands"
    assert envelope["accepts_response_payload"] is True
    assert envelope["payload"]["command"] == "/pycam_on"
    link.send(
        json.dumps(
            {
                "envelope_id": envelope["envelope_id"],
                "payload": {"response_type": "in_channel", "text": "armed"},
            }
        )
    )
    acted: Acted = waiting.result(5)
    assert acted.error is None
    assert acted.message is not None
    assert (acted.message.text, acted.message.visible_to) == ("armed", None)


def test_an_unacknowledged_command_times_out_and_the_person_is_told(
    slack: Workspace, link: ClientConnection
) -> None:
    acted = slack.command("/pycam_on")
    assert acted.error == "operation_timeout"
    assert acted.message is not None
    assert "operation_timeout" in acted.message.text


def test_without_a_connection_a_command_fails_at_once(slack: Workspace) -> None:
    assert slack.command("/pycam_on").error == "dispatch_failed"


def test_a_click_is_an_interactive_envelope_and_a_body_in_its_acknowledgement_is_an_error(
    slack: Workspace, link: ClientConnection
) -> None:
    button = {"type": "button", "action_id": "go", "value": "1", "text": {"type": "plain_text", "text": "Go"}}
    block = {"type": "actions", "block_id": "b", "elements": [button]}
    message = slack._state.post(slack.channel.id, slack.bot.id, "hi", blocks=(block,))
    with ThreadPoolExecutor(1) as people:
        for payload, error in ((None, None), ({"text": "no"}, "ack_with_body")):
            waiting = people.submit(slack.click, message.ts, "go")
            envelope = hear(link)
            assert envelope["type"] == "interactive"
            assert envelope["payload"]["actions"][0]["action_id"] == "go"
            link.send(json.dumps({"envelope_id": envelope["envelope_id"], "payload": payload}))
            assert waiting.result(5).error == error


def test_each_envelope_goes_to_one_connection_and_all_get_their_turn(slack: Workspace, typed: Any) -> None:
    with connected(slack) as one, connected(slack) as two:
        counts: dict[str, int] = {}
        for client in (one, two):
            hear(client)
        for _ in range(40):
            waiting = typed()
            while not waiting.done():
                for name, client in (("one", one), ("two", two)):
                    try:
                        envelope = json.loads(client.recv(timeout=0.001))
                    except TimeoutError:
                        continue
                    counts[name] = counts.get(name, 0) + 1
                    client.send(json.dumps({"envelope_id": envelope["envelope_id"]}))
                    waiting.result(5)
    assert sum(counts.values()) == 40
    assert set(counts) == {"one", "two"}


def test_a_deaf_connection_swallows_envelopes_and_answers_no_ping(
    slack: Workspace, link: ClientConnection
) -> None:
    assert link.ping().wait(5)
    slack.sockets.deafen()
    assert not link.ping().wait(0.3)
    assert slack.command("/pycam_on").error == "operation_timeout"
    with pytest.raises(TimeoutError):
        link.recv(timeout=0)


def test_a_connection_told_to_leave_gets_nothing_once_there_is_another(slack: Workspace, typed: Any) -> None:
    with connected(slack) as old:
        hear(old)
        slack.sockets.disconnect("refresh_requested")
        assert hear(old)["reason"] == "refresh_requested"
        with connected(slack) as new:
            hear(new)
            waiting = typed()
            new.send(json.dumps({"envelope_id": hear(new)["envelope_id"]}))
            assert waiting.result(5).error is None


def test_a_redelivered_envelope_is_the_same_with_a_retry_on_the_next_connection(
    slack: Workspace, link: ClientConnection, typed: Any
) -> None:
    slack.sockets.order("redeliver")
    waiting = typed()
    first = hear(link)
    with pytest.raises(ConnectionClosed):
        link.recv(timeout=5)
    with connected(slack) as other:
        hear(other)
        again = hear(other)
        other.send(json.dumps({"envelope_id": again["envelope_id"]}))
        assert waiting.result(5).error is None
    assert again == {**first, "retry_attempt": 1, "retry_reason": "timeout"}


def test_the_end_of_the_workspace_ends_its_connections() -> None:
    slack = Workspace(socket_mode=True).start()
    with connected(slack) as client:
        hear(client)
        slack.stop()
        with pytest.raises(ConnectionClosed):
            client.recv(timeout=5)


def test_an_unknown_order_is_refused(slack: Workspace) -> None:
    with pytest.raises(ValueError, match="unknown order"):
        slack.sockets.order("nonsense")  # type: ignore[arg-type]
