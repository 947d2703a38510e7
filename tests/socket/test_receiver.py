"""Envelopes on their way through: acknowledged in time, carried out once and in order, answered."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import redis

from app.commands.dispatch import REDIS_AWAY, Dispatcher
from app.commands.request import Reply, Request
from app.settings import load_settings
from app.slack.socket_connection import Envelope, NotSent
from app.socket.receiver import Receiver
from app.state.connection import connect
from app.state.wishes import read_wishes
from tests.commands.builders import EVENT, MEMBER, NOW, OWNER, STRANGER, context_with
from tests.commands.test_buttons import BAD_VALUES, context_with_event, payload_of
from tests.fakes.tcp import refused_port

FINISH_SECONDS = 20.0

Sent = list[Any]


class Bench:
    """A receiver on a real dispatcher; `acks` is what went back, in order."""

    def __init__(self, context: Any, client: redis.Redis, **options: Any) -> None:
        self.context = context
        self.background, self.in_order = ThreadPoolExecutor(1), ThreadPoolExecutor(1)
        self.later: list[tuple[str, str]] = []
        self.dispatcher: Any = options.pop("dispatcher", None) or Dispatcher(client, context, self.background)
        self.receiver = Receiver(
            self.dispatcher,
            self.in_order,
            lambda url, text: self.later.append((url, text)),
            now=lambda: NOW,
            **options,
        )
        self.acks: Sent = []

    def command(self, name: str, text: str = "", **changes: Any) -> Envelope:
        payload = {
            "command": name,
            "text": text,
            "team_id": "T0HOME",
            "user_id": OWNER,
            "channel_id": "C0HOME",
            "response_url": "https://hooks.slack.com/commands/T0HOME/1/x",
            "trigger_id": f"1.2.{name}{text}",
        }
        return self.envelope("slash_commands", payload | changes, takes_payload=True)

    def press(self, action: str, value: str = EVENT, **changes: Any) -> Envelope:
        return self.envelope("interactive", payload_of(action, value, **changes), takes_payload=False)

    def envelope(self, kind: str, payload: dict[str, Any], **fields: Any) -> Envelope:
        values: dict[str, Any] = {"id": f"e-{kind}-{payload}", "takes_payload": False, "retry": 0}
        return Envelope(kind=kind, payload=payload, send_ack=self.acks.append, **values | fields)

    def take(self, *envelopes: Envelope) -> Sent:
        """Take them and wait until all is done; the acknowledgements so far."""
        for envelope in envelopes:
            self.receiver.take(envelope)
        assert self.receiver.wait(FINISH_SECONDS)
        return self.acks

    def close(self) -> None:
        self.in_order.shutdown()
        self.background.shutdown()


@pytest.fixture
def bench(tmp_path: Path, redis_client: redis.Redis) -> Iterator[Bench]:
    it = Bench(context_with_event(tmp_path), redis_client)
    yield it
    it.close()


@pytest.fixture
def without_redis(tmp_path: Path) -> Iterator[Bench]:
    client = connect(f"redis://127.0.0.1:{refused_port()}/0")
    it = Bench(context_with_event(tmp_path), client)
    yield it
    it.close()


def test_a_commands_answer_goes_with_the_acknowledgement(bench: Bench, redis_client: redis.Redis) -> None:
    [ack] = bench.take(bench.command("/pycam_on"))
    assert ack is not None
    assert ack["response_type"] == "in_channel"
    assert "is armed" in ack["text"]
    assert read_wishes(redis_client).armed["front"].on


def test_an_answer_with_buttons_carries_its_blocks(bench: Bench) -> None:
    [ack] = bench.take(bench.command("/init"))
    assert ack is not None
    assert "init_confirm" in str(ack["blocks"])


def test_a_button_is_acknowledged_empty_and_carried_out(bench: Bench) -> None:
    assert bench.take(bench.press("tag_occupied")) == [None]
    tag = bench.context.events.tag_of(EVENT)
    assert (tag.tag, tag.by) == ("occupied", OWNER)


def test_opening_the_home_tab_is_acknowledged_and_has_it_made(bench: Bench) -> None:
    event = {"type": "app_home_opened", "user": OWNER, "tab": "home"}
    payload = {"type": "event_callback", "team_id": "T0HOME", "event": event}
    assert bench.take(bench.envelope("events_api", payload)) == [None]
    assert [item.kind for item in bench.context.outbox.pending()] == ["home"]


@pytest.fixture
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYCAM_DATA", str(tmp_path))


def submitted(bench: Bench, seconds: str) -> Envelope:
    values = {"trigger.cooldown_seconds": {"value": {"type": "number_input", "value": seconds}}}
    view = {"callback_id": "settings", "private_metadata": "", "state": {"values": values}}
    told = {"type": "view_submission", "team": {"id": "T0HOME"}, "user": {"id": OWNER}, "view": view}
    return bench.envelope("interactive", {**told, "trigger_id": f"1.{seconds}"}, takes_payload=True)


@pytest.mark.usefixtures("own_settings")
def test_a_dialog_is_acknowledged_with_what_is_wrong_in_it(bench: Bench) -> None:
    acks = bench.take(submitted(bench, "45"), submitted(bench, "99999"))
    errors = {"trigger.cooldown_seconds": "must be 3600 or less"}
    assert acks == [None, {"response_action": "errors", "errors": errors}]
    assert load_settings().trigger.cooldown_seconds == 45


def test_commands_are_carried_out_in_the_order_they_came(bench: Bench, redis_client: redis.Redis) -> None:
    for number in range(20):
        bench.receiver.take(
            bench.command("/rotate", f"{number} {number}", response_url=f"https://x/{number}")
        )
    assert bench.receiver.wait(FINISH_SECONDS)
    assert len(bench.acks) == 20
    assert read_wishes(redis_client).head["front"].pan == 19


@pytest.mark.parametrize("again", [{}, {"id": "another envelope"}, {"id": "another envelope", "retry": 1}])
def test_what_is_delivered_twice_is_carried_out_once(
    bench: Bench, again: dict[str, Any], redis_client: redis.Redis
) -> None:
    first = bench.command("/pycam_on")
    bench.take(first, bench.command("/pycam_off"), first._replace(**again))
    assert len(bench.acks) == 3
    assert bench.acks[2] is None
    assert not read_wishes(redis_client).armed["front"].on


def test_a_button_delivered_twice_is_carried_out_once(bench: Bench) -> None:
    press = bench.press("snooze", trigger_id="1.2.3")
    assert bench.take(press, press._replace(id="x", retry=1)) == [None, None]
    assert len(bench.context.outbox.pending()) == 1


def test_two_presses_are_two_presses(bench: Bench) -> None:
    bench.take(bench.press("snooze", trigger_id="1.2.3"), bench.press("snooze", trigger_id="1.2.4"))
    assert len(bench.context.outbox.pending()) == 2


def test_a_stranger_is_refused_with_words_and_changes_nothing(
    bench: Bench, redis_client: redis.Redis
) -> None:
    [ack] = bench.take(bench.command("/pycam_on", user_id=STRANGER))
    assert ack is not None
    assert STRANGER in ack["text"]
    assert ack["response_type"] == "ephemeral"
    assert bench.take(bench.press("disarm", user={"id": MEMBER}))[1] is None
    assert read_wishes(redis_client).armed == {}


def test_another_workspaces_command_is_acknowledged_and_not_carried_out(
    tmp_path: Path, redis_client: redis.Redis
) -> None:
    slack = {"owners": [OWNER], "team_id": "T0HOME"}
    bench = Bench(context_with(tmp_path, slack=slack), redis_client)
    assert bench.take(bench.command("/pycam_on", team_id="T0OTHER")) == [None]
    assert read_wishes(redis_client).armed == {}
    bench.close()


def test_redis_away_is_said_and_nothing_is_changed(without_redis: Bench) -> None:
    bench = without_redis
    [ack] = bench.take(bench.command("/pycam_on"))
    assert ack is not None
    assert ack["text"] == REDIS_AWAY
    assert bench.take(bench.press("tag_occupied"))[1] is None
    assert bench.context.events.tag_of(EVENT) is None
    assert REDIS_AWAY in str(bench.context.outbox.pending()[0].payload)


@pytest.mark.parametrize(
    "changes",
    [
        {"user_id": None},
        {"user_id": "U1/../x"},
        {"user_id": ["U0OWNER"]},
        {"command": "pycam_on"},
        {"command": 7},
        {"channel_id": ""},
        {"text": {"a": 1}},
        {"command": "/no_such_command"},
    ],
)
def test_a_malformed_command_is_acknowledged_and_does_nothing(
    bench: Bench, changes: dict[str, Any], redis_client: redis.Redis
) -> None:
    assert bench.take(bench.command("/pycam_on", **changes)) == [None]
    assert read_wishes(redis_client).armed == {}
    assert bench.later == []


@pytest.mark.parametrize("value", BAD_VALUES)
def test_a_buttons_value_is_only_ever_looked_up(bench: Bench, value: str) -> None:
    assert bench.take(bench.press("tag_occupied", value)) == [None]
    assert bench.context.events.tag_of(EVENT) is None


@pytest.mark.parametrize("kind", ["events_api", "view_submission", ""])
def test_other_kinds_are_acknowledged_and_left_alone(bench: Bench, kind: str) -> None:
    assert bench.take(bench.envelope(kind, {"event": {"type": "message"}})) == [None]


class Slow:
    """A dispatcher that answers when it is let."""

    def __init__(self) -> None:
        self.go = threading.Event()

    def command(self, request: Request, signature: str | None = None) -> Reply:
        assert self.go.wait(FINISH_SECONDS)
        return Reply(f"done: {request.text}")


@pytest.fixture
def slow(tmp_path: Path, redis_client: redis.Redis) -> Iterator[Bench]:
    it = Bench(context_with(tmp_path), redis_client, dispatcher=Slow(), late_seconds=0.05)
    yield it
    it.dispatcher.go.set()
    it.close()


def test_a_slow_command_is_acknowledged_in_time_and_answered_by_its_response_url(slow: Bench) -> None:
    acked = threading.Event()
    slow.receiver.take(slow.command("/top", "a")._replace(send_ack=lambda _: acked.set()))
    assert acked.wait(FINISH_SECONDS)
    assert slow.receiver.busy_seconds() > 0
    slow.dispatcher.go.set()
    assert slow.receiver.wait(FINISH_SECONDS)
    assert slow.later == [("https://hooks.slack.com/commands/T0HOME/1/x", "done: a")]
    assert slow.receiver.busy_seconds() == 0


def test_what_queues_behind_a_slow_command_is_acknowledged_in_time_too(slow: Bench) -> None:
    acked = threading.Semaphore(0)
    for text in ("a", "b", "c"):
        slow.receiver.take(slow.command("/top", text)._replace(send_ack=lambda _: acked.release()))
    for _ in range(3):
        assert acked.acquire(timeout=FINISH_SECONDS)
    slow.dispatcher.go.set()
    assert slow.receiver.wait(FINISH_SECONDS)
    assert [text for _, text in slow.later] == ["done: a", "done: b", "done: c"]


def test_an_answer_whose_connection_is_gone_goes_by_the_response_url(bench: Bench) -> None:
    def gone(_: Any) -> None:
        raise NotSent("SlackClientNotConnectedError")

    bench.take(bench.command("/pycam_on")._replace(send_ack=gone))
    [(url, text)] = bench.later
    assert url.startswith("https://hooks.slack.com/")
    assert "is armed" in text


def test_an_envelope_that_takes_no_answer_gets_it_by_the_response_url(bench: Bench) -> None:
    assert bench.take(bench.command("/pycam_on")._replace(takes_payload=False)) == [None]
    assert "is armed" in bench.later[0][1]


def test_waiting_ends_when_time_is_up(slow: Bench) -> None:
    slow.receiver.take(slow.command("/top"))
    assert not slow.receiver.wait(0.01)


def test_an_envelope_after_the_end_is_left_unanswered_and_waited_for_by_nobody(bench: Bench) -> None:
    bench.in_order.shutdown()
    bench.receiver.take(bench.press("snooze"))
    assert bench.receiver.wait(0)
