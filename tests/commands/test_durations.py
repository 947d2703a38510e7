from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.commands.durations import MAX_SECONDS, MIN_SECONDS, parse_duration
from app.commands.request import Mistake


@pytest.mark.parametrize(
    ("typed", "seconds"),
    [
        ("30m", 1800),
        ("2h", 7200),
        ("1h30m", 5400),
        ("1H 30M", 5400),
        ("1d", 86_400),
        ("1d 2h 3m", 93_780),
        ("90 min", 5400),
        ("2 hours", 7200),
        ("1 minute", 60),
        ("7d", MAX_SECONDS),
    ],
)
def test_lengths_of_time_are_read_as_people_type_them(typed: str, seconds: int) -> None:
    assert parse_duration(typed, "") == seconds


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        *(
            (typed, "is not a length of time")
            for typed in ("", "yesterday", "m", "-5m", "1.5h", "1m1h", "30s")
        ),
        *((typed, "is not a length of time") for typed in ("1h1h", "٣m", "2h please", "4h `<!channel>`")),
        ("30", "has no unit: say `30m` for minutes or `30h` for hours"),
        *((typed, "is too short: 1 minute is the least") for typed in ("0m", "0h 0m")),
        *((typed, "is too long: 7 days are the most") for typed in ("8d", "7d1m", "999999999d")),
    ],
)
def test_everything_else_is_answered_with_what_is_wrong_with_it(typed: str, wrong: str) -> None:
    with pytest.raises(Mistake) as mistake:
        parse_duration(typed, "Try again.")
    assert f"` {wrong}" in str(mistake.value)
    assert str(mistake.value).endswith(". Try again.")
    assert "<" not in str(mistake.value)


@given(st.text(max_size=40) | st.from_regex(r"\A[0-9 dhm]{0,12}\Z"))
def test_whatever_is_typed_gives_a_length_within_the_limits_or_a_mistake(typed: str) -> None:
    with contextlib.suppress(Mistake):
        assert MIN_SECONDS <= parse_duration(typed, "") <= MAX_SECONDS


@given(st.integers(0, 6), st.integers(0, 23), st.integers(1, 59))
def test_a_length_written_out_is_read_back(days: int, hours: int, minutes: int) -> None:
    assert parse_duration(f"{days}d{hours}h{minutes}m", "") == days * 86_400 + hours * 3600 + minutes * 60
