"""slack_sdk's WebSocket under our watch, against a stand-in for Slack that greets, swallows, babbles and hangs up."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from app.demo.workspace import Workspace
from app.slack.errors import SlackError
from app.slack.socket_connection import Connection, Envelope, NotSent
from app.slack.socket_mode import SocketMode
from tests.deadline import eventually
from tests.fakes.tcp import Deaf, refused_port

PING_SECONDS = 0.2


class Bench:
    """`taken` is what came; each slash command is acknowledged with a text."""

    def __init__(self, slack: Workspace) -> None:
        self.slack = slack
        self.taken: list[Envelope] = []
        self._open: list[Connection] = []

    def connect(self, *, greeted: bool = True) -> Connection:
        mode = SocketMode(self.slack.app_token, base_url=self.slack.api_url, ping_seconds=PING_SECONDS)
        connection = mode.open(self._take)
        self._open.append(connection)
        if greeted:
            eventually(lambda: connection.hello, "hello")
        return connection

    def _take(self, envelope: Envelope) -> None:
        self.taken.append(envelope)
        envelope.send_ack(
            {"text": f"you said {envelope.payload['text']}"} if envelope.takes_payload else None
        )

    def close(self) -> None:
        for connection in self._open:
            connection.close()


@pytest.fixture
def bench() -> Iterator[Bench]:
    with Workspace(socket_mode=True) as slack:
        it = Bench(slack)
        yield it
        it.close()


def test_slack_greets_and_says_how_long_it_will_stay(bench: Bench) -> None:
    connection = bench.connect()
    assert connection.hello is not None
    assert connection.hello.connections == 1
    assert connection.hello.lifetime == 18_060
    assert connection.ended == ""
    assert connection.leaving == ""


def test_an_envelope_comes_in_and_its_acknowledgement_is_what_the_person_sees(bench: Bench) -> None:
    bench.connect()
    acted = bench.slack.command("/pycam_on", "front")
    assert acted.error is None
    assert acted.message is not None
    assert acted.message.text == "you said front"
    assert [(e.kind, e.takes_payload, e.retry) for e in bench.taken] == [("slash_commands", True, 0)]


def test_nonsense_is_passed_over_and_what_follows_is_heard(bench: Bench) -> None:
    connection = bench.connect()
    bench.slack.sockets.garbage()
    assert bench.slack.command("/pycam_on").error is None
    bench.slack.sockets.order("after_garbage")
    assert bench.slack.command("/pycam_on").error is None
    assert connection.ended == connection.leaving == ""


def test_what_cannot_be_read_makes_a_new_connection_wanted(bench: Bench) -> None:
    connection = bench.connect()
    bench.slack.sockets.garbage(readable=False)
    eventually(lambda: connection.leaving, "it wants to be replaced")
    assert connection.leaving == "it sends what cannot be read"
    assert bench.slack.command("/pycam_on").error is None


@pytest.mark.parametrize("reason", ["warning", "refresh_requested", "link_disabled"])
def test_slacks_wish_for_a_new_connection_is_told_and_the_old_one_goes_on(bench: Bench, reason: str) -> None:
    connection = bench.connect()
    bench.slack.sockets.disconnect(reason)
    eventually(lambda: connection.leaving, "the wish")
    assert connection.leaving == reason
    assert bench.slack.command("/pycam_on").error is None
    assert len(bench.slack.calls("apps.connections.open")) == 1


def test_a_living_connection_is_heard_of_although_nobody_types(bench: Bench) -> None:
    connection = bench.connect()
    eventually(lambda: connection.age() > 5 * PING_SECONDS, "some pings")
    assert connection.silence() < 4 * PING_SECONDS


def test_a_deaf_connection_grows_silent_and_nothing_else_tells(bench: Bench) -> None:
    connection = bench.connect()
    bench.slack.sockets.deafen()
    eventually(lambda: connection.silence() > 3 * PING_SECONDS, "silence")
    assert connection.ended == ""


def test_a_connection_that_is_deaf_from_the_start_never_greets(bench: Bench) -> None:
    bench.slack.sockets.order("no_hello")
    connection = bench.connect(greeted=False)
    eventually(lambda: connection.silence() > 3 * PING_SECONDS, "silence")
    assert connection.hello is None


@pytest.mark.parametrize("jump", [86_400.0, -86_400.0])
def test_a_clock_that_jumps_by_a_day_makes_nobody_deaf_and_hides_no_deafness(
    bench: Bench, jump: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = bench.connect()
    jumped = SimpleNamespace(time=lambda: time.time() + jump, monotonic=time.monotonic)
    monkeypatch.setattr("app.slack.socket_connection.time", jumped)
    until = connection.age() + 5 * PING_SECONDS
    longest = 0.0
    while connection.age() < until:
        longest = max(longest, connection.silence())
    assert longest < 4 * PING_SECONDS
    bench.slack.sockets.deafen()
    eventually(lambda: connection.silence() > 3 * PING_SECONDS, "the deafness")


@pytest.mark.parametrize("how", ["cut", "close"])
def test_the_end_is_noticed_without_waiting_for_a_ping(bench: Bench, how: str) -> None:
    connection = bench.connect()
    getattr(bench.slack.sockets, how)()
    eventually(lambda: connection.ended, "the end")
    assert connection.ended in ("ConnectionResetError", "closed by Slack, code 1000")


def test_an_acknowledgement_after_the_end_says_that_it_was_not_sent(bench: Bench) -> None:
    connection = bench.connect()
    bench.slack.command("/pycam_on")
    bench.slack.sockets.cut()
    eventually(lambda: connection.ended, "the end")
    with pytest.raises(NotSent):
        bench.taken[0].send_ack(None)


def test_an_acknowledgement_too_large_for_the_library_says_that_it_was_not_sent(bench: Bench) -> None:
    bench.connect()
    bench.slack.command("/pycam_on")
    with pytest.raises(NotSent):
        bench.taken[0].send_ack({"text": "x" * 70_000})


def test_closing_leaves_no_thread_and_may_be_done_twice(bench: Bench) -> None:
    before = {thread.ident for thread in threading.enumerate()}
    connection = bench.connect()
    connection.close()
    connection.close()
    eventually(lambda: not bench.slack.sockets.connections, "Slack sees the end")

    def ours() -> list[str]:
        return [t.name for t in threading.enumerate() if t.ident not in before and "request" not in t.name]

    eventually(lambda: not ours(), "its threads have ended")


def test_a_wrong_token_is_said_with_what_to_do(bench: Bench) -> None:
    bench.slack.app_token = "xapp-1-nobody-knows-this"
    with pytest.raises(SlackError, match="invalid_auth; put a valid SLACK_APP_TOKEN") as caught:
        bench.connect()
    assert caught.value.advice
    assert "nobody-knows" not in str(caught.value)


def test_the_bots_token_is_said_to_be_of_another_kind(bench: Bench) -> None:
    bench.slack.app_token = bench.slack.bot_token
    with pytest.raises(
        SlackError, match="not_allowed_token_type; SLACK_APP_TOKEN is a token of another kind"
    ):
        bench.connect()


def test_a_missing_scope_is_named(bench: Bench) -> None:
    bench.slack.tokens[bench.slack.app_token] = frozenset()
    with pytest.raises(SlackError, match="connections:write") as caught:
        bench.connect()
    assert caught.value.advice


def test_slacks_pause_is_handed_on_instead_of_slept(bench: Bench) -> None:
    bench.slack.faults.add("apps.connections.open", "429", retry_after=30)
    with pytest.raises(SlackError) as caught:
        bench.connect()
    assert caught.value.retry_after == 30
    assert not caught.value.advice


@pytest.mark.parametrize("kind", ["500", "drop", "garbage"])
def test_a_slack_in_trouble_is_worth_another_try(bench: Bench, kind: Any) -> None:
    bench.slack.faults.add("apps.connections.open", kind)
    with pytest.raises(SlackError) as caught:
        bench.connect()
    assert not caught.value.permanent
    assert not caught.value.advice
    bench.connect()


def test_a_refused_handshake_is_an_error_and_no_connection(bench: Bench) -> None:
    bench.slack.sockets.order("refuse")
    with pytest.raises(SlackError, match="cannot be opened"):
        bench.connect()


Answered = Callable[[str], None]


@pytest.fixture
def answered(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Answered:
    """Let apps.connections.open give that URL."""
    return lambda url: monkeypatch.setattr(bench.slack.sockets, "open", lambda: url)


@pytest.mark.parametrize(
    "url",
    [
        "ws://evil.example/link/?ticket=1",
        "wss://evil.example/link/?ticket=1",
        "wss://slack.com.evil.example/link/?ticket=1",
        "wss://wss-primary.slack.com:8443/link/?ticket=1",
        "ws://wss-primary.slack.com/link/?ticket=1",
        "https://wss-primary.slack.com/",
        "wss://[/",
        "",
    ],
)
def test_an_address_that_is_not_slacks_is_never_connected_to(
    bench: Bench, answered: Answered, url: str
) -> None:
    answered(url)
    with pytest.raises(SlackError) as caught:
        bench.connect()
    assert caught.value.code == "bad_url"
    assert "ticket" not in str(caught.value)


def test_nobody_listening_and_nobody_answering_are_errors(bench: Bench) -> None:
    for port_of in (refused_port, None):
        with Deaf() as deaf:
            port = port_of() if port_of else deaf.port
            mode = SocketMode("xapp-1", base_url=f"http://127.0.0.1:{port}/api/", timeout_seconds=1)
            with pytest.raises(SlackError, match="cannot be reached"):
                mode.open(lambda _: None)


def test_no_secret_reaches_the_log_at_any_level(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    connection = bench.connect()
    bench.slack.command("/pycam_on", "a secret text")
    bench.slack.sockets.garbage()
    bench.slack.sockets.cut()
    eventually(lambda: connection.ended, "the end")
    said = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("app.slack"))
    assert "no JSON object" in said
    for secret in ("ticket=", bench.slack.app_token, "a secret text"):
        assert secret not in said
