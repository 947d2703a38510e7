"""A late answer goes to the address that came with the question, with its buttons."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any, cast

import pytest

from app.demo.workspace import Workspace
from app.notifier import reply
from app.notifier.desk import Desk
from app.slack.client import SlackClient
from app.slack.event_messages import EventLine, event_list
from app.store.outbox import Item
from tests.notifier.conftest import JPEG, Bench

URL = "https://hooks.slack.com/commands/T/1/x"


@pytest.fixture
def sent() -> list[dict[str, Any]]:
    """The bodies that would have left."""
    return []


def deliver(payload: dict[str, Any], sent: list[dict[str, Any]]) -> None:
    client = SlackClient.__new__(SlackClient)
    client._transport = cast(
        Any, SimpleNamespace(send=lambda what, url, body, kind: sent.append({"url": url, **json.loads(body)}))
    )
    item = Item(id="1", kind="reply", lane="reply-1", created=0, payload={"response_url": URL, **payload})
    reply.step(item, cast(Desk, SimpleNamespace(slack=client, now=lambda: 1.0)))


def test_an_answer_with_blocks_goes_out_with_them(sent: list[dict[str, Any]]) -> None:
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": "*x*"}}]
    deliver({"text": "x", "blocks": blocks, "replace_original": True}, sent)
    assert sent == [
        {"url": URL, "text": "x", "blocks": blocks, "replace_original": True, "response_type": "ephemeral"}
    ]


def test_an_answer_of_words_has_no_blocks(sent: list[dict[str, Any]]) -> None:
    deliver({"text": "y"}, sent)
    assert "blocks" not in sent[0]


def ask(slack: Workspace) -> str:
    """Somebody types a command that nobody answers at once; the address for what follows."""
    return slack.command("/events").response_url


def test_a_list_comes_with_its_pictures(bench: Bench, slack: Workspace) -> None:
    url, file_id = ask(slack), bench.client.upload(JPEG, "a.jpg", "a")
    put_list(bench, url, file_id)
    bench.drain()
    [shown] = slack.messages(ephemeral=True)[-1:]
    assert file_id in str(shown.blocks)
    assert bench.set_aside() == []


def test_a_list_with_a_picture_that_was_deleted_in_slack_comes_in_words(
    bench: Bench, slack: Workspace
) -> None:
    url, file_id = ask(slack), bench.client.upload(JPEG, "a.jpg", "a")
    bench.client.delete_file(file_id)
    put_list(bench, url, file_id)
    bench.drain()
    [shown] = slack.messages(ephemeral=True)[-1:]
    assert "front" in str(shown.blocks)
    assert file_id not in str(shown.blocks)
    assert bench.set_aside() == []


def put_list(bench: Bench, url: str, file_id: str) -> None:
    line = EventLine("20261120T140301-front-9f3a0c1e", "front", bench.clock, picture=file_id)
    text, blocks = event_list("The last events", [line])
    payload = {"response_url": url, "text": text, "blocks": blocks}
    bench.outbox.put("reply", payload, lane="reply-1", now=bench.clock)
