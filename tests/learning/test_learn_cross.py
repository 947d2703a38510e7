"""A day is never on both sides, what is said of unseen days is honest, and nothing is made of noise."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.learning.learn_cross import folds, settle, skill, unseen
from app.learning.learn_examples import Example, gather
from app.learning.learn_fit import probability
from bench.learn_house import lived

MONDAY = date(2026, 6, 1)


def example(number: int, day: int, *, occupied: bool, values: tuple[float, ...] = (0.0, 0.0)) -> Example:
    return Example(
        id=str(number),
        camera="front",
        taken=float(number),
        day=MONDAY + timedelta(days=day),
        values=values,
        score=0.5,
        sure=False,
        lifted=False,
        occupied=occupied,
        picture=None,
    )


def house(tags: int, days: int, seed: int = 1) -> tuple[Example, ...]:
    return gather(lived(tags, days, seed=seed), ["front"], 0.6, event_of=lambda _: None).tagged


@given(st.lists(st.integers(0, 30), min_size=2, max_size=80))
def test_no_day_is_on_both_sides_and_each_alert_is_judged_once(days: list[int]) -> None:
    examples = [example(number, day, occupied=False) for number, day in enumerate(days)]
    judged: list[int] = []
    for rest, out in folds(examples):
        assert not {examples[i].day for i in rest} & {examples[i].day for i in out}
        assert sorted([*rest, *out]) == list(range(len(examples)))
        judged += out
    assert sorted(judged) == list(range(len(examples)))


def fingerprinted(day_of: Callable[[int], int]) -> list[Example]:
    """Each day has its weather, which says nothing of any other day's, and one kind of alert only."""
    rng = np.random.default_rng(2)
    weather, truth = rng.normal(0, 1, (12, 8)), np.arange(12) % 2 == 0
    return [
        example(
            n,
            day_of(n),
            occupied=bool(truth[n % 12]),
            values=tuple((weather[n % 12] + rng.normal(0, 0.05, 8)).tolist()),
        )
        for n in range(120)
    ]


def test_what_only_tells_the_days_apart_is_no_skill() -> None:
    """The same alerts with every one on a day of its own look as if they could be told apart: that is the leak."""
    apart = skill(honest := fingerprinted(lambda n: n % 12), unseen(honest))
    leaking = skill(leak := fingerprinted(lambda n: n), unseen(leak))
    assert apart.errors < 1.645
    assert leaking.errors > 3
    assert leaking.loss < apart.base_loss < apart.loss + 0.05


def test_a_real_difference_is_skill_and_the_people_keep_below_the_edge() -> None:
    examples = house(200, 14)
    found = unseen(examples)
    assert skill(examples, found).errors > 3
    stage = settle(examples)
    people = [one for one in examples if one.occupied]
    false_alarms = [one for one in examples if not one.occupied]
    assert stage.log_odds(people).mean() < 0 < stage.log_odds(false_alarms).mean()
    assert (stage.log_odds(false_alarms) > stage.edge).mean() > 0.5


def test_what_is_called_so_and_so_likely_is_so_on_unseen_days() -> None:
    said: list[float] = []
    truth: list[bool] = []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        rows = rng.normal(size=(200, 6))
        nothing = rng.random(200) < probability(1.5 * rows[:, 0] - rows[:, 1])
        examples = [
            example(n, n % 10, occupied=not nothing[n], values=tuple(rows[n].tolist())) for n in range(200)
        ]
        said += probability(unseen(examples).log_odds).tolist()
        truth += nothing.tolist()
    chances, was = np.array(said), np.array(truth)
    for low, high in ((0, 0.2), (0.2, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 1)):
        those = (chances >= low) & (chances < high)
        # 100 or more in each: the share of truths is known to within 0.1.
        assert was[those].mean() == pytest.approx(chances[those].mean(), abs=0.1)


def test_the_same_tags_give_the_same_stage_in_whatever_order() -> None:
    examples = house(80, 8)
    one, other = settle(examples), settle(examples[::-1])
    assert one.weights == pytest.approx(other.weights, abs=1e-6)
    assert one.edge == pytest.approx(other.edge, abs=1e-6)


def test_with_one_kind_left_in_the_other_days_it_goes_by_their_share() -> None:
    examples = [example(n, n % 3, occupied=n % 3 == 0) for n in range(30)]  # all people came on one day
    found = unseen(examples)
    assert np.isfinite(found.log_odds).all()
    assert math.inf in found.edges  # nobody is known to be safe beside: then nothing is quiet


def test_cameras_may_differ_in_their_share_of_false_alarms() -> None:
    rng = np.random.default_rng(4)
    examples = [
        replace(
            example(n, n % 10, occupied=bool(rng.random() < (0.9 if n % 2 else 0.1))),
            camera="door" if n % 2 else "garden",
        )
        for n in range(200)
    ]
    stage = settle(examples)
    assert stage.cameras["garden"] > 0 > stage.cameras["door"]
