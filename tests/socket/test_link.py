"""When the link waits, gives a connection up, and what it says meanwhile: on a clock the test moves."""

from __future__ import annotations

import itertools
import logging
import threading
from dataclasses import dataclass, field

import pytest

from app.slack.errors import SlackError
from app.slack.socket_connection import Hello
from app.socket.link import LINK_DISABLED, Link, Patience
from tests.deadline import eventually

PATIENCE = Patience()


@dataclass
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Faked:
    """A connection as the link sees it; greeted unless said otherwise."""

    clock: Clock
    hello: Hello | None = field(default_factory=lambda: Hello(1, 18_000.0))
    leaving: str = ""
    ended: str = ""
    closed: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.opened = self.heard = self.clock.now

    def age(self) -> float:
        return self.clock.now - self.opened

    def silence(self) -> float:
        return self.clock.now - self.heard

    def close(self) -> None:
        self.closed.set()


class Bench:
    """Opens a Faked, or raises what `failures` holds."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.opened: list[Faked] = []
        self.failures: list[SlackError] = []
        self.attempts = 0
        self.hello: Hello | None = Hello(1, 18_000.0)
        self.link = Link(self._open, self.clock, chance=lambda: 1.0)

    def _open(self) -> Faked:
        self.attempts += 1
        if self.failures:
            raise self.failures.pop(0)
        self.opened.append(Faked(self.clock, hello=self.hello))
        return self.opened[-1]

    def run(self, seconds: float, *, hearing: bool = True) -> None:
        """Let time pass in quarters of a second; living connections are heard of unless not `hearing`."""
        for _ in range(int(seconds * 4)):
            self.clock.now += 0.25
            for connection in self.opened:
                if hearing and not connection.ended:
                    connection.heard = self.clock.now
            self.link.step()


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_it_says_that_it_connects_until_slack_has_greeted(bench: Bench) -> None:
    bench.hello = None
    assert bench.link.problem == "connecting to Slack"
    bench.link.step()
    assert bench.link.problem == "connecting to Slack"
    bench.opened[0].hello = Hello(1, None)
    bench.link.step()
    assert bench.link.problem == ""


def test_a_connection_without_a_greeting_is_given_up(bench: Bench) -> None:
    bench.hello = None
    bench.run(PATIENCE.hello + 1)
    eventually(bench.opened[0].closed.is_set, "it is closed")
    assert bench.link.problem == "Slack did not greet"
    bench.hello = Hello(1, None)
    bench.run(PATIENCE.first + 1)
    assert bench.link.problem == ""


def test_a_deaf_connection_is_noticed_and_replaced(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.run(PATIENCE.steady)
    bench.run(PATIENCE.deaf, hearing=False)
    assert bench.link.problem == ""
    bench.run(0.25, hearing=False)
    assert "is deaf: nothing heard for 20 s" in bench.link.problem
    bench.run(0.5)
    eventually(bench.opened[0].closed.is_set, "the deaf one is closed")
    assert len(bench.opened) == 2
    assert bench.link.problem == ""
    assert [r.levelno for r in caplog.records if "deaf" in r.message] == [logging.WARNING]


def test_a_lost_connection_that_was_steady_is_replaced_at_once(bench: Bench) -> None:
    bench.run(PATIENCE.steady + 1)
    bench.opened[0].ended = "ConnectionResetError"
    bench.run(0.5)
    assert len(bench.opened) == 2
    assert bench.link.problem == ""


def test_connections_that_keep_breaking_are_opened_less_and_less_often(bench: Bench) -> None:
    at: list[float] = []
    for _ in range(9):
        before = len(bench.opened)
        while len(bench.opened) == before:
            bench.run(0.25)
        at.append(bench.clock.now)
        bench.opened[-1].ended = "ConnectionResetError"
    pauses = [later - earlier for earlier, later in itertools.pairwise(at)]
    for pause, expected in zip(pauses, [1, 2, 4, 8, 16, 32, 60, 60], strict=True):
        assert expected <= pause <= expected + 1


def test_a_connection_that_held_starts_the_pauses_anew(bench: Bench) -> None:
    bench.failures = [SlackError("Slack cannot be reached")] * 5
    bench.run(60 + PATIENCE.steady)
    assert bench.link.problem == ""
    for number in (1, 2):  # at once, then after the first pause
        bench.opened[-1].ended = "ConnectionResetError"
        bench.run(PATIENCE.first + 1)
        assert len(bench.opened) == 1 + number


@pytest.mark.parametrize("reason", ["warning", "refresh_requested", "something new"])
def test_slack_asking_for_a_new_connection_gets_one_while_the_old_still_listens(
    bench: Bench, reason: str
) -> None:
    bench.run(PATIENCE.steady + 1)
    bench.opened[0].leaving = reason
    bench.run(0.5)
    assert len(bench.opened) == 2
    assert not bench.opened[0].closed.is_set()
    assert bench.link.problem == ""
    bench.run(PATIENCE.grace + 0.5)
    eventually(bench.opened[0].closed.is_set, "the old one is closed in the end")
    assert not bench.opened[1].closed.is_set()


def test_a_replaced_connection_that_still_lives_counts_until_the_new_one_is_there(bench: Bench) -> None:
    bench.run(PATIENCE.steady + 1)
    bench.failures = [SlackError("Slack cannot be reached")]
    bench.opened[0].leaving = "warning"
    bench.run(0.5)
    assert len(bench.opened) == 1
    assert bench.link.problem == ""
    bench.opened[0].ended = "closed by Slack, code 1000"
    assert bench.link.problem == "Slack cannot be reached"


def test_slack_asking_again_and_again_is_followed_with_pauses(bench: Bench) -> None:
    for _ in range(100):
        bench.run(0.25)
        for connection in bench.opened:
            connection.leaving = "refresh_requested"
    assert len(bench.opened) <= 6


def test_socket_mode_switched_off_is_said_and_not_pestered(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.run(PATIENCE.steady + 1)
    bench.opened[0].leaving = "link_disabled"
    bench.run(0.25)
    bench.opened[0].ended = "closed by Slack, code 1000"
    bench.run(PATIENCE.owner - 1)
    assert bench.link.problem == LINK_DISABLED
    assert bench.attempts == 1
    assert LINK_DISABLED in caplog.text
    bench.run(2)
    assert bench.link.problem == ""


def test_what_only_the_owner_can_mend_is_asked_rarely(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    said = "Slack refused apps.connections.open: invalid_auth; put a valid SLACK_APP_TOKEN …"
    bench.failures = [SlackError(said, code="invalid_auth", advice="put a valid …")] * 3
    bench.run(2 * PATIENCE.owner + 10)
    assert bench.attempts == 3
    assert bench.link.problem == said
    assert caplog.text.count("SLACK_APP_TOKEN") == 3


def test_slacks_wish_for_a_pause_is_kept(bench: Bench) -> None:
    bench.failures = [SlackError("Slack asks to wait", retry_after=30.0, code="ratelimited")]
    bench.run(29)
    assert bench.attempts == 1
    bench.run(2)
    assert bench.attempts == 2
    assert bench.link.problem == ""


def test_the_same_trouble_is_logged_once(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.failures = [SlackError("Slack cannot be reached (apps.connections.open: timed out)")] * 5
    bench.run(120)
    assert caplog.text.count("cannot be reached") == 1
    assert bench.link.problem == ""


def test_a_connection_that_outlives_what_slack_announced_is_replaced(bench: Bench) -> None:
    bench.hello = Hello(1, 100.0)
    bench.run(100 + PATIENCE.overstay - 1)
    assert len(bench.opened) == 1
    bench.run(3)
    assert len(bench.opened) == 2
    assert bench.link.problem == ""


def test_another_pycam_on_the_same_app_is_pointed_out(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.hello = Hello(2, None)
    bench.run(5)
    assert caplog.text.count("1 more connection(s) of this app") == 1


def test_our_own_replaced_connection_is_no_other_pycam(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.run(PATIENCE.steady + 1)
    bench.hello = Hello(2, None)
    bench.opened[0].leaving = "warning"
    bench.run(2)
    assert len(bench.opened) == 2
    assert "more connection" not in caplog.text


def test_closing_ends_the_present_and_the_replaced_connection(bench: Bench) -> None:
    bench.run(PATIENCE.steady + 1)
    bench.opened[0].leaving = "warning"
    bench.run(1)
    bench.link.close()
    assert [connection.closed.is_set() for connection in bench.opened] == [True, True]
    assert bench.link.problem == "ended"
