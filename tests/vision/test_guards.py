"""The doubts about what was found, one at a time; their effect on whole scenes is in test_motion_quality.py."""

from __future__ import annotations

from bench.motion_quality import judge


def test_a_lamp_that_is_switched_beside_a_visitor_is_not_taken_for_them() -> None:
    """Who has been trusted to have an outline is doubted again once they cover half as much more."""
    score = judge(["porch lamp, visits"], 7)
    assert score.noticed == score.visits == 3
    assert score.precision > 0.9  # 0.74 before
    assert max(score.afterwards) <= 10  # frames; 34 before


def test_a_downpour_in_the_middle_of_a_visit_is_still_told_from_it() -> None:
    score = judge(["downpour, visits", "snow, visits"], 7)
    assert score.noticed == score.visits
    assert score.false_alarms == 0
    assert score.precision > 0.95


def test_a_crowd_of_figures_that_is_no_weather_still_needs_a_large_one() -> None:
    score = judge(["leaves", "moths", "spider"], 7)
    assert score.false_alarms == 0
