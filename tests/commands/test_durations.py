from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.commands.durations import MAX_SECONDS, MIN_SECONDS, parse_duration


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
    assert parse_duration(typed) == seconds


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "",
            "yesterday",
            "30",
            "m",
            "-5m",
            "0m",
            "8d",
            "7d1m",
            "1.5h",
            "1m1h",
            "30s",
            "1h1h",
            "٣m",
            "2h please",
        )
    ],
)
def test_everything_else_is_not_a_length_of_time(typed: str) -> None:
    assert parse_duration(typed) is None


@given(st.text(max_size=40) | st.from_regex(r"\A[0-9 dhm]{0,12}\Z"))
def test_whatever_is_typed_gives_a_length_within_the_limits_or_none(typed: str) -> None:
    seconds = parse_duration(typed)
    assert seconds is None or MIN_SECONDS <= seconds <= MAX_SECONDS


@given(st.integers(0, 6), st.integers(0, 23), st.integers(1, 59))
def test_a_length_written_out_is_read_back(days: int, hours: int, minutes: int) -> None:
    assert parse_duration(f"{days}d{hours}h{minutes}m") == days * 86_400 + hours * 3600 + minutes * 60
