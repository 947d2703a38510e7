"""A detector's answers are judged fairly."""

from __future__ import annotations

import pytest

from bench.motion_quality import OURS, Clip, best_gate
from bench.motion_score import Score, visits

TRUTH = "0" * 20 + "--1111111111--" + "0" * 60


def moving(*spans: tuple[int, int]) -> list[bool]:
    """Motion from the first to before the second frame of each span."""
    return [any(a <= i < b for a, b in spans) for i in range(len(TRUTH))]


def judged(answers: list[bool]) -> Score:
    score = Score()
    score.add(TRUTH, answers)
    return score


def test_a_visit_is_answered_by_three_frames_of_five_and_its_delay_counts_from_the_first_clear_one() -> None:
    assert visits(TRUTH) == [(20, 33)]
    score = judged(moving((23, 32)))
    assert (score.visits, score.noticed, score.delays) == (1, 1, [3])
    assert judged(moving((23, 25))).noticed == 0


def test_an_alert_right_after_a_visit_belongs_to_it_and_a_later_one_is_false() -> None:
    assert judged(moving((30, 44))).false_alarms == 0
    assert judged(moving((60, 64))).false_alarms == 1


def test_a_ghost_costs_precision_and_shows_in_how_long_it_takes_to_be_quiet() -> None:
    score = judged(moving((22, 44)))
    assert (score.hits, score.wrong) == (10, 10)
    assert score.precision == pytest.approx(0.5)
    assert score.afterwards == [10]


def test_motion_that_comes_long_after_a_visit_is_no_ghost_of_it() -> None:
    assert judged(moving((22, 34), (50, 60))).afterwards == [0]


def test_frames_with_either_answer_count_neither_way() -> None:
    assert judged(moving((20, 34))).f1 == 1.0


def test_the_best_gate_weighs_visits_against_false_alarms() -> None:
    big_visit_small_noise = [3.0 if mark == "1" else 0.3 * (i < 10) for i, mark in enumerate(TRUTH)]
    assert best_gate([Clip("visits", TRUTH, {OURS: big_visit_small_noise})], OURS) == 0.4
