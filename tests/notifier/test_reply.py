"""A late answer goes to the address that came with the question, with its buttons."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any, cast

import pytest

from app.notifier import reply
from app.notifier.desk import Desk
from app.slack.client import SlackClient
from app.store.outbox import Item

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
