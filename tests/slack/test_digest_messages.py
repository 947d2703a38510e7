"""The message of the week says what is known, in words, and nothing that is not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.slack.digest_facts import (
    CameraHours,
    Counts,
    Digest,
    Gain,
    Room,
    Running,
    Share,
    Trend,
    Verdict,
)
from app.slack.digest_messages import text

NOON, DAY, HOUR = 1_795_176_000.0, 86_400.0, 3_600.0

COUNTS = Counts(
    events=14,
    cameras=(("front", 10), ("garden", 4)),
    alerts=11,
    marked=2,
    held=0,
    silent=1,
    occupied=7,
    unoccupied=2,
    untagged_alerts=2,
)
NOTHING = Counts(0, (), 0, 0, 0, 0, 0, 0, 0)
FRONT = CameraHours("front", watched=61 * HOUR, blind=0, unheard=0)
RUNNING = Running(machine=12 * DAY, ran=7 * DAY, counted=7 * DAY, cameras=(FRONT,))
ROOM = Room(free=12.3e9, events=1.2e9, holds_days=70.4, keep_days=30, oldest=NOON - 21 * DAY)


def digest(**changes: Any) -> Digest:
    facts: dict[str, Any] = {
        "since": NOON - 7 * DAY,
        "until": NOON,
        "counts": COUNTS,
        "share": Share(7, 9, 0.453, 0.937),
        "before": Share(6, 10, 0.31, 0.83),
        "trend": Trend.UNCLEAR,
        "tuning": Gain(Verdict.SPARES, gone=3, of=11),
        "learning": None,
        "running": RUNNING,
        "room": ROOM,
    }
    return Digest(**(facts | changes))


def test_a_usual_week_is_told_line_by_line() -> None:
    assert text(digest()).splitlines() == [
        "*Your week with pycam*, <!date^1794571200^{date_short}|2026-11-13> to "
        "<!date^1795176000^{date_short}|2026-11-20>",
        "• *14 events* (front 10, garden 4): 11 alerts, 2 marked as probably nothing and 1 without a message.",
        "• *9 tagged*: 7 occupied, 2 unoccupied; 2 alerts not tagged yet.",
        "• *7 of 9 tagged alerts were right*, 78 % (95 % sure: between 45 and 94 % of all); "
        "the week before 6 of 10, which is no clear change.",
        "• Tuning would spare you about 3 of 11 false alarms: `/tune`.",
        "• pycam ran 100 % of 7 d, the machine has been up for 12 d. *front* watched for 2 d 13 h.",
        "• *12.3 GB free* on the disk; these events take 1.2 GB. There is room for more than the 30 days that "
        "`storage.keep_days` keeps. The oldest is of <!date^1793361600^{date_short}|2026-10-30>.",
    ]


def test_a_week_without_an_event_is_one_line() -> None:
    said = text(digest(counts=NOTHING, share=None, before=None, tuning=None))
    assert "\n" not in said
    assert said.startswith("A quiet week, ")
    assert "no event" in said
    assert "*front* watched for 2 d 13 h." in said
    assert said.endswith("12.3 GB free on the disk.")


def test_without_tags_nobody_can_say_how_much_was_right() -> None:
    said = text(digest(counts=COUNTS._replace(occupied=0, unoccupied=0), share=None))
    assert "Nothing is tagged, so nobody can say how much of it was right" in said
    assert "%" not in said.split("pycam ran", maxsplit=1)[0]


@pytest.mark.parametrize(
    ("trend", "words"),
    [
        (Trend.BETTER, "better than the week before (6 of 10)"),
        (Trend.WORSE, "worse than the week before (6 of 10)"),
    ],
)
def test_a_clear_change_is_called_one(trend: Trend, words: str) -> None:
    assert words in text(digest(trend=trend))


def test_the_first_week_is_compared_with_nothing() -> None:
    assert "before" not in text(digest(before=None))


@pytest.mark.parametrize(
    ("tuning", "words"),
    [
        (
            Gain(Verdict.NOTHING, why="12 are tagged, 20 are needed"),
            "gain nothing now: 12 are tagged, 20 are needed.",
        ),
        (Gain(Verdict.BUSY), "somebody was tuning"),
        (Gain(Verdict.SLOW), "took too long"),
        (Gain(Verdict.FAILED), "log says why"),
        (Gain(Verdict.SPARES, gone=1, of=1), "about 1 of 1 false alarm: `/tune`"),
    ],
)
def test_it_is_said_why_nothing_is_known_of_tuning(tuning: Gain, words: str) -> None:
    assert words in text(digest(tuning=tuning))


def test_learning_is_named_only_where_it_would_gain() -> None:
    assert "4 of 15 false alarms as probably nothing: `sudo pycam learn`" in text(
        digest(learning=Gain(Verdict.SPARES, gone=4, of=15))
    )
    assert "pycam learn" not in text(digest(learning=None))


def test_a_week_with_a_gap_never_counts_as_whole() -> None:
    ran = Running(machine=None, ran=7 * DAY - 61, counted=7 * DAY, cameras=())
    assert "pycam ran 99.9 % of 7 d." in text(digest(running=ran))


def test_a_restart_is_no_gap_and_a_clock_makes_no_more_than_all() -> None:
    for more in (-50.0, 500.0):
        ran = Running(machine=None, ran=7 * DAY + more, counted=7 * DAY, cameras=())
        assert "pycam ran 100 % of 7 d." in text(digest(running=ran))


def test_where_nothing_was_counted_nothing_is_claimed() -> None:
    said = text(digest(running=Running(machine=2 * HOUR, ran=None, counted=0, cameras=())))
    assert "pycam ran" not in said
    assert "• The machine has been up for 2 h." in said
    assert "up for" not in text(digest(running=Running(None, None, 0, ())))


@pytest.mark.parametrize(
    ("camera", "words"),
    [
        (CameraHours("front", 0, 0, 0), "*front* was never armed."),
        (
            CameraHours("front", HOUR, 720, 0),
            "*front* watched for 1 h, and for 12 min it should have but gave no picture",
        ),
        (CameraHours("front", 0, 720, 0), "*front* watched for 0 s, and for 12 min it should have"),
        (CameraHours("front", HOUR, 5, 300), "*front* watched for 1 h; of 5 min nothing is known."),
    ],
)
def test_a_camera_that_was_blind_or_unheard_is_told_of(camera: CameraHours, words: str) -> None:
    assert words in text(digest(running=RUNNING._replace(cameras=(camera,))))


@pytest.mark.parametrize(
    ("room", "words"),
    [
        (ROOM._replace(holds_days=12.9), "holds 12 days of them, not the 30 of `storage.keep_days`"),
        (ROOM._replace(holds_days=12.9, keep_days=0), "holds 12 days of them; then the oldest go."),
        (ROOM._replace(holds_days=None, oldest=None), "these events take 1.2 GB."),
        (ROOM._replace(free=340e6), "*340 MB free*"),
    ],
)
def test_how_long_the_disk_lasts_is_said_where_it_is_known(room: Room, words: str) -> None:
    assert words in text(digest(room=room))


def test_other_spans_are_named_by_their_days() -> None:
    said = text(digest(since=NOON - 30 * DAY))
    assert said.startswith("*Your 30 days with pycam*")
    assert "the 30 days before 6 of 10" in said


@given(st.text(max_size=400))
def test_what_was_not_written_here_is_harmless_in_slack(words: str) -> None:
    said = text(digest(tuning=Gain(Verdict.NOTHING, why=f"<!channel> {words}")))
    assert "<!channel>" not in said
    assert len(said) < 4_000
