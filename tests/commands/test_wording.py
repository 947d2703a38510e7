from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.commands.wording import ago, duration, listing, person, quote


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        *((0, "0 seconds"), (1, "1 second"), (59.9, "59 seconds"), (60, "1 minute"), (3599, "59 minutes")),
        *((7200, "2 hours"), (86_400, "1 day"), (-5, "0 seconds")),
    ],
)
def test_durations_are_said_in_the_largest_unit_that_fits(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_what_was_a_moment_ago_was_just_now_also_when_clocks_disagree() -> None:
    assert ago(100, 101) == ago(100, 99) == "just now"
    assert ago(100, 160) == "1 minute ago"


def test_a_user_is_mentioned_and_another_cause_is_named() -> None:
    assert person("U0OWNER") == "<@U0OWNER>"
    assert person("presence") == "presence"
    assert person("U1> <!channel") == "U1&gt; &lt;!channel"


def test_names_are_listed_as_one_says_them() -> None:
    assert [listing(names) for names in (["a"], ["a", "b"], ["a", "b", "c"])] == [
        "a",
        "a and b",
        "a, b and c",
    ]


@given(st.text())
def test_a_quotation_stays_short_and_can_neither_mention_nor_leave_its_quotes(typed: str) -> None:
    quoted = quote(typed)
    assert quoted.count("`") == 2
    assert "<" not in quoted
    assert ">" not in quoted
    assert len(quoted) <= 40 * len("&amp;") + 2
