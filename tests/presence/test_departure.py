"""The exit delay, on a clock the test moves."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.domain import Presence
from app.presence.departure import CalledOff, Changed, ExitDelay, Leaving, Told

HOME, AWAY, UNKNOWN = Presence.HOME, Presence.AWAY, Presence.UNKNOWN
AT_HOME = Told(HOME, 100.0)


def delay(told: Told = AT_HOME, seconds: float = 60, leaving_since: float | None = None) -> ExitDelay:
    return ExitDelay(told, delay_seconds=seconds, leaving_since=leaving_since)


def test_away_is_told_after_the_delay_and_dated_to_the_departure() -> None:
    exit_ = delay()

    assert exit_.update(AWAY, now=0, stamp=500) == [Leaving(500)]
    assert exit_.update(AWAY, now=59, stamp=559) == []
    assert exit_.told == AT_HOME
    assert exit_.update(AWAY, now=60, stamp=560) == [Changed(AT_HOME, Told(AWAY, 500))]
    assert exit_.update(AWAY, now=99, stamp=600) == []


def test_coming_back_within_the_delay_calls_it_off() -> None:
    exit_ = delay()
    exit_.update(AWAY, now=0, stamp=500)

    assert exit_.update(HOME, now=30, stamp=530) == [CalledOff()]
    assert exit_.told == AT_HOME
    assert exit_.leaving_since is None
    assert exit_.update(HOME, now=31, stamp=531) == []


def test_without_a_delay_it_is_told_at_once() -> None:
    exit_ = delay(seconds=0)

    assert exit_.update(AWAY, now=0, stamp=500) == [Leaving(500), Changed(AT_HOME, Told(AWAY, 500))]


def test_an_arrival_is_told_at_once() -> None:
    exit_ = delay(Told(AWAY, 100))

    assert exit_.update(HOME, now=0, stamp=500) == [Changed(Told(AWAY, 100), Told(HOME, 500))]


def test_a_router_that_falls_silent_within_the_delay_holds_it_up() -> None:
    exit_ = delay()
    exit_.update(AWAY, now=0, stamp=500)

    assert exit_.update(UNKNOWN, now=90, stamp=590) == []
    assert exit_.told == AT_HOME
    assert exit_.update(AWAY, now=91, stamp=591) == [Changed(AT_HOME, Told(AWAY, 500))]


def test_after_a_restart_the_delay_runs_anew_but_keeps_its_date_so_that_what_was_pressed_still_holds() -> (
    None
):
    exit_ = delay(leaving_since=500)

    assert exit_.leaving_since == 500
    assert exit_.update(AWAY, now=10_000, stamp=700) == []
    assert exit_.update(AWAY, now=10_060, stamp=760) == [Changed(AT_HOME, Told(AWAY, 500))]


@given(
    st.lists(st.tuples(st.sampled_from(Presence), st.floats(0, 100)), max_size=40), st.sampled_from(Presence)
)
def test_unknown_changes_nothing_and_away_always_waits(
    said: list[tuple[Presence, float]], first: Presence
) -> None:
    exit_, now, away_for = delay(Told(first, 1.0)), 0.0, 0.0
    for presence, after in said:
        now += after
        away_for = away_for + after if presence is not HOME else 0.0
        before = exit_.told
        exit_.update(presence, now=now, stamp=now + 1000)
        if exit_.told != before:
            assert presence is exit_.told.presence is not UNKNOWN
            assert exit_.told.presence is HOME or away_for >= 60
