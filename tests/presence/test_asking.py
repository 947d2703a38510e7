"""A round of questions: routers that hang, fail and recover, on a clock the test moves."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from app.domain import Presence
from app.presence.asking import MOST_STUCK, Asker
from app.presence.evidence import Reply
from app.presence.routers.router import Device, NoAnswer, Router, Sightings, Tells
from app.presence.schedule import pause_seconds, rest_seconds
from app.settings import PresenceSettings
from tests.deadline import eventually

TV = frozenset({Device("00:11:32:0a:0b:0c")})
SETTINGS = PresenceSettings(poll_seconds=20, timeout_seconds=12, backoff_max_seconds=120)


class Scripted:
    """A router that does as it is told."""

    tells = Tells(macs=True, names=True)

    def __init__(self, name: str, does: Callable[[], Sightings]) -> None:
        self.name, self.does, self.polls = name, does, 0

    def poll(self) -> Sightings:
        self.polls += 1
        return self.does()


def never_anew(_index: int) -> Router:
    raise AssertionError("nothing hung for long enough to be opened anew")


def answers() -> Sightings:
    return TV


def refuses() -> Sightings:
    raise NoAnswer("the login was refused", refused=True)


def breaks() -> Sightings:
    raise ZeroDivisionError


@pytest.fixture
def never() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def one_round(asker: Asker, now: float) -> list[Reply]:
    asker.ask(now)
    found: list[Reply] = []

    def over() -> bool:
        replies = asker.replies(now)
        found.extend(replies or [])
        return replies is not None

    eventually(over, "a round")
    return found


def test_what_routers_say_is_what_is_replied() -> None:
    asker = Asker([Scripted("a", answers), Scripted("b", breaks)], SETTINGS, reopen=never_anew)

    good, bad = one_round(asker, 0)
    assert (good.sightings, good.problem) == (TV, "")
    assert bad.sightings is None
    assert "ZeroDivisionError" in bad.problem


def test_a_router_that_hangs_holds_up_the_round_until_the_deadline_and_no_second_one_is_sent_soon(
    never: threading.Event,
) -> None:
    hanging = Scripted("a", lambda: (never.wait(60), TV)[1])
    asker = Asker([hanging, Scripted("b", answers)], SETTINGS, reopen=never_anew)
    asker.ask(0)
    assert asker.replies(11.9) is None

    late, good = asker.replies(12) or []
    assert "within 12 s" in late.problem
    assert good.sightings == TV
    asker.ask(131)
    asker.replies(143)
    assert hanging.polls == 1
    assert not asker.asking


def test_a_router_that_hangs_for_good_is_asked_through_a_new_adapter(never: threading.Event) -> None:
    hanging, new = Scripted("a", lambda: (never.wait(60), TV)[1]), Scripted("a", answers)
    asker = Asker(
        [Scripted("b", answers), hanging],
        SETTINGS,
        reopen=lambda index: new if index == 1 else never_anew(index),
    )
    asker.ask(0)
    asker.replies(12)

    assert [reply.sightings for reply in one_round(asker, 132)] == [TV, TV]
    assert (hanging.polls, new.polls) == (1, 1)
    assert not asker.is_clogged(1e6)


def test_a_router_that_hangs_each_time_gets_a_bounded_number_of_threads_and_then_a_new_process(
    never: threading.Event,
) -> None:
    opened: list[Scripted] = []

    def reopen(_index: int) -> Scripted:
        opened.append(Scripted("a", lambda: (never.wait(60), TV)[1]))
        return opened[-1]

    asker = Asker([reopen(0)], SETTINGS, reopen=reopen)
    clogged_at = None
    for now in range(0, 3000, 20):
        asker.ask(now)
        asker.replies(now + 12)
        if clogged_at is None and asker.is_clogged(now + 12):
            clogged_at = now
    assert [router.polls for router in opened] == [1] * (MOST_STUCK + 1)
    assert clogged_at is not None
    assert clogged_at > SETTINGS.unknown_seconds  # that who is home is unknown was told before

    never.set()
    eventually(lambda: not asker.is_clogged(3000), "a stuck thread that ends after all")
    eventually(lambda: not [t for t in threading.enumerate() if t.name == "ask a"], "the stuck threads")
    asker.ask(4000)
    assert asker.asking


def test_a_router_that_cannot_be_opened_anew_is_waited_for(never: threading.Event) -> None:
    def gone(_index: int) -> Router:
        raise NoAnswer("its library is gone")

    hanging = Scripted("a", lambda: (never.wait(60), TV)[1])
    asker = Asker([hanging], SETTINGS, reopen=gone)
    asker.ask(0)
    asker.replies(12)
    (reply,) = one_round(asker, 1000)
    assert reply.sightings is None
    assert hanging.polls == 1
    never.set()
    eventually(lambda: not [t for t in threading.enumerate() if t.name == "ask a"], "the late answer")
    assert one_round(asker, 2000)[0].sightings == TV


def test_an_answer_that_comes_too_late_is_not_believed(never: threading.Event) -> None:
    slow = Scripted("a", lambda: (never.wait(60), TV)[1])
    asker = Asker([slow], SETTINGS, reopen=never_anew)
    asker.ask(0)
    asker.replies(12)
    never.set()
    eventually(lambda: not [t for t in threading.enumerate() if t.name == "ask a"], "the slow answer")
    slow.does = breaks

    (reply,) = one_round(asker, 1000)
    assert reply.sightings is None


def test_a_failing_router_is_left_alone_longer_and_longer_and_says_why_meanwhile() -> None:
    failing = Scripted("a", breaks)
    asker = Asker([failing], SETTINGS, reopen=never_anew)
    asked = []
    for now in range(0, 400, 20):
        (reply,) = one_round(asker, now)
        assert reply.sightings is None
        assert "ZeroDivisionError" in reply.problem
        asked.append(failing.polls)
    assert asked[:8] == [1, 2, 2, 3, 3, 3, 3, 4]
    failing.does = answers
    assert one_round(asker, 1000)[0].sightings == TV
    assert one_round(asker, 1020)[0].sightings == TV


def test_a_refused_login_is_left_alone_the_longest_at_once() -> None:
    refusing = Scripted("a", refuses)
    asker = Asker([refusing], SETTINGS, reopen=never_anew)
    for now in (0, 20, 60, 119):
        one_round(asker, now)
    assert refusing.polls == 1
    one_round(asker, 120)
    assert refusing.polls == 2


def test_the_next_round_comes_sooner_while_a_departure_is_to_be_confirmed() -> None:
    def pause(presence: Presence, hurry: bool = False) -> float:
        return pause_seconds(presence, hurry=hurry, settings=SETTINGS)

    assert pause(Presence.HOME) == pause(Presence.UNKNOWN) == SETTINGS.poll_seconds
    assert pause(Presence.AWAY) == SETTINGS.away_poll_seconds
    assert pause(Presence.HOME, hurry=True) == SETTINGS.confirm_poll_seconds


def test_no_number_of_failures_makes_the_rest_endless() -> None:
    assert rest_seconds(0, refused=False, settings=SETTINGS) == 0
    assert rest_seconds(10_000, refused=False, settings=SETTINGS) == 120
