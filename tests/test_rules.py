"""Who wins: manual until presence really changes; unknown never arms and never disarms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import Presence
from app.rules import Home, Manual, Mute, should_alert, should_watch

TIMES = st.floats(min_value=0, max_value=4e9)
MANUALS = st.builds(Manual, on=st.booleans(), by=st.text(max_size=5), at=TIMES)
KNOWN = st.sampled_from([Presence.HOME, Presence.AWAY])
HOMES = st.builds(Home, presence=st.sampled_from(Presence), since=TIMES)


@given(manual=st.none() | MANUALS, auto=st.booleans(), since=TIMES)
def test_unknown_presence_neither_arms_nor_disarms(manual: Manual | None, auto: bool, since: float) -> None:
    unknown = should_watch(manual, auto=auto, home=Home(Presence.UNKNOWN, since))

    assert unknown == should_watch(manual, auto=auto, home=None)
    assert unknown.yes is (manual is not None and manual.on)


@given(manual=st.none() | MANUALS, home=st.none() | HOMES)
def test_presence_means_nothing_while_auto_is_off(manual: Manual | None, home: Home | None) -> None:
    assert should_watch(manual, auto=False, home=home).yes is (manual is not None and manual.on)


@given(manual=MANUALS, presence=KNOWN, before=st.floats(min_value=0, max_value=1e6))
def test_a_manual_command_wins_over_a_presence_from_before_it(
    manual: Manual, presence: Presence, before: float
) -> None:
    home = Home(presence, manual.at - before)

    assert should_watch(manual, auto=True, home=home).yes is manual.on


@given(manual=MANUALS, presence=KNOWN, after=st.floats(min_value=1, max_value=1e6))
def test_a_real_change_of_presence_after_it_ends_a_manual_command(
    manual: Manual, presence: Presence, after: float
) -> None:
    home = Home(presence, manual.at + after)

    assert should_watch(manual, auto=True, home=home).yes is (presence is Presence.AWAY)


@given(presence=KNOWN, since=TIMES)
def test_without_a_manual_command_auto_watches_while_nobody_is_home(presence: Presence, since: float) -> None:
    assert should_watch(None, auto=True, home=Home(presence, since)).yes is (presence is Presence.AWAY)


@pytest.mark.parametrize(
    ("manual", "home", "why"),
    [
        (None, None, "nobody has armed it yet"),
        (Manual(True, "Robin", 5), None, "Robin armed it"),
        (Manual(False, "Robin", 5), Home(Presence.AWAY, 4), "Robin disarmed it"),
        (Manual(False, "Robin", 5), Home(Presence.AWAY, 6), "nobody is home"),
        (Manual(True, "Robin", 5), Home(Presence.HOME, 6), "somebody is home"),
    ],
)
def test_the_answer_says_why(manual: Manual | None, home: Home | None, why: str) -> None:
    assert should_watch(manual, auto=True, home=home).why == why


@given(now=TIMES)
def test_without_a_word_about_it_events_are_announced(now: float) -> None:
    assert should_alert(None, now).yes


@given(until=TIMES, left=st.floats(min_value=1e-3, max_value=1e6))
def test_a_mute_lasts_until_its_end_and_no_longer(until: float, left: float) -> None:
    mute = Mute(False, "Robin", until)

    assert not should_alert(mute, until - left).yes
    assert should_alert(mute, until).yes
    assert should_alert(mute, until + left).yes


@given(now=TIMES)
def test_a_mute_without_an_end_lasts(now: float) -> None:
    verdict = should_alert(Mute(False, "Robin", None), now)

    assert verdict == (False, "Robin switched notifications off")


@given(now=TIMES, until=st.none() | TIMES)
def test_notifications_switched_on_are_on_whatever_end_a_mute_had(now: float, until: float | None) -> None:
    assert should_alert(Mute(True, "Robin", until), now).yes
