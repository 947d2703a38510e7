"""Notices: words, and a button where there is one."""

from __future__ import annotations

from app.slack.presence_messages import STAY_DISARMED, leaving
from tests.notifier.conftest import Bench


def test_a_notice_with_a_button_arrives_with_it(bench: Bench) -> None:
    text, blocks = leaving(["Robin"], 60, 1_800_000_000.0)
    bench.outbox.put(
        "post", {"channel": None, "text": text, "blocks": blocks}, lane="alerts", now=bench.clock
    )
    bench.drain()

    (message,) = bench.posts()
    assert message.text == text
    assert message.blocks[1]["elements"][0]["action_id"] == STAY_DISARMED


def test_a_notice_whose_layout_slack_refuses_arrives_in_words(bench: Bench) -> None:
    payload = {"channel": None, "text": "armed", "blocks": [{"type": "no such block"}]}
    bench.outbox.put("post", payload, lane="alerts", now=bench.clock)
    bench.drain()

    (message,) = bench.posts()
    assert (message.text, list(message.blocks)) == ("armed", [])
    assert bench.set_aside() == []
