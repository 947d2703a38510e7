"""The judge of the soak must itself be right: it condemns what is wrong, and nothing that may be."""

from __future__ import annotations

from app.domain import Presence
from soak.oracle import (
    SYNC_SECONDS,
    Told,
    allowed_announcing,
    allowed_watching,
    lagging_since,
    possible,
    weakened,
)
from soak.truth import Act, Span

ON = OFF = "armed:front"
AUTO = "auto"


def act(key: str, value: object, at: float, *, sure: bool = True, took: float = 1.0) -> Act:
    return Act(key, value, at, at + took, sure)


def test_before_any_command_nothing_is_armed() -> None:
    assert allowed_watching("front", 0, 10, [], []) == {False}


def test_an_acknowledged_command_alone_counts_from_its_acknowledgement_on() -> None:
    acts = [act(ON, True, 10)]
    assert allowed_watching("front", 5, 5, acts, []) == {False}
    assert allowed_watching("front", 10.5, 10.5, acts, []) == {True, False}
    assert allowed_watching("front", 12, 20, acts, []) == {True}


def test_a_command_whose_answer_was_lost_may_have_been_carried_out_until_the_next_one() -> None:
    acts = [act(ON, True, 10), act(OFF, False, 20, sure=False), act(ON, True, 40)]
    assert allowed_watching("front", 30, 30, acts, []) == {True, False}
    assert allowed_watching("front", 42, 42, acts, []) == {True}


def test_of_two_commands_at_once_either_may_have_been_the_later() -> None:
    acts = [act(ON, True, 10, took=3), act(OFF, False, 11)]
    assert {one.value for one in possible(acts, ON, 20)} == {True, False}


def test_the_other_camera_is_another_matter() -> None:
    assert allowed_watching("back", 20, 20, [act(ON, True, 10)], []) == {False}


def test_presence_decides_where_it_changed_after_the_command_and_may() -> None:
    told = [Told(Presence.HOME, 1, 1, 1), Told(Presence.AWAY, 30, 30.1, 35)]
    disarmed, auto = act(OFF, False, 10), act(AUTO, True, 11)
    assert allowed_watching("front", 40, 40, [disarmed], told) == {False}
    assert allowed_watching("front", 40, 40, [disarmed, auto], told) == {True}
    assert allowed_watching("front", 60, 60, [disarmed, auto, act(OFF, False, 50)], told) == {False}


def test_a_command_at_the_very_moment_of_the_change_may_be_the_older_or_the_newer() -> None:
    told = [Told(Presence.AWAY, 30, 31, 31)]
    acts = [act(AUTO, True, 1), act(OFF, False, 30, took=2)]
    assert allowed_watching("front", 40, 40, acts, told) == {True, False}


def test_what_nobody_could_read_before_redis_was_emptied_may_be_lost() -> None:
    acts, readers = [act(ON, True, 10)], {ON: ["camera-front"]}
    down = [Span("camera-front", 5, 20)]

    def sure(spans: list[Span], *deaths: float) -> bool:
        return weakened(acts, spans, deaths, readers)[0].sure

    assert sure([])
    assert sure(down)
    assert not sure(down, 15)
    assert not sure(down, 20 + SYNC_SECONDS - 0.1)
    assert sure(down, 20 + SYNC_SECONDS + 0.1)
    assert sure(down, 5)
    assert not sure([], 11.5)
    assert sure([], 11 + SYNC_SECONDS + 0.1)


def test_a_process_may_lag_as_long_as_something_it_needs_is_away() -> None:
    spans = [Span("redis", 50, 60), Span("camera-front", 58, 70), Span("web", 10, 90)]
    concerned = {"redis", "camera-front"}
    assert lagging_since(71, concerned, spans, lag=4) == 46
    assert lagging_since(80, concerned, spans, lag=4) == 76
    assert lagging_since(100, concerned, spans, lag=4) == 96


def test_a_mute_ends_by_itself() -> None:
    acts = [act("notifications", (False, 60.0), 10)]
    assert allowed_announcing(5, 5, acts) == {True}
    assert allowed_announcing(20, 20, acts) == {False}
    assert allowed_announcing(80, 80, acts) == {True}
    assert allowed_announcing(60, 80, acts) == {True, False}
