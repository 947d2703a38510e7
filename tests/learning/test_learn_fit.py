"""Logistic regression: it finds the truth it was made from, the one optimum, and an answer in every case."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.learning.learn_fit import log_loss, logistic, probability


def total(rows: np.ndarray, truths: np.ndarray, ridge: float, weights: np.ndarray, intercept: float) -> float:
    losses = log_loss(rows @ weights + intercept, truths)
    return float(losses.sum() + ridge / 2 * (weights**2).sum())


def test_it_recovers_the_line_that_the_truths_were_drawn_from() -> None:
    rng = np.random.default_rng(3)
    weights = np.array([1.5, -1.0, 0.0, 0.5])
    rows = rng.normal(size=(20_000, 4))
    truths = (rng.random(20_000) < probability(rows @ weights - 0.7)).astype(float)
    found = logistic(rows, truths, 1.0)
    assert found.weights == pytest.approx(weights, abs=0.08)
    assert found.intercept == pytest.approx(-0.7, abs=0.08)


@given(st.integers(0, 10_000), st.sampled_from([0.001, 1.0, 30.0]))
@settings(max_examples=40)
def test_no_neighbour_of_its_answer_is_better(seed: int, ridge: float) -> None:
    rng = np.random.default_rng(seed)
    rows, truths = rng.normal(size=(30, 5)), (rng.random(30) < 0.5).astype(float)
    truths[:2] = 0, 1
    found = logistic(rows, truths, ridge)
    best = total(rows, truths, ridge, *found)
    for _ in range(10):
        near = rng.normal(0, 0.01, 6)
        assert total(rows, truths, ridge, found.weights + near[:5], found.intercept + near[5]) >= best - 1e-7


def test_what_can_be_told_apart_without_a_mistake_still_has_an_answer() -> None:
    rows = np.linspace(-1, 1, 20)[:, np.newaxis] * np.ones((1, 40))  # more columns than rows, too
    truths = (rows[:, 0] > 0).astype(float)
    found = logistic(rows, truths, 1e-3)
    assert np.isfinite(found.weights).all()
    assert ((found.log_odds(rows) > 0) == (truths == 1)).all()


def test_a_stronger_ridge_holds_the_weights_back_but_not_the_intercept() -> None:
    rng = np.random.default_rng(5)
    rows = rng.normal(size=(200, 3))
    truths = (rng.random(200) < probability(2 * rows[:, 0] + 1)).astype(float)
    loose, tight = logistic(rows, truths, 0.1), logistic(rows, truths, 1e6)
    assert np.abs(tight.weights).max() < 1e-3 < np.abs(loose.weights).max()
    assert probability(np.array(tight.intercept)) == pytest.approx(truths.mean(), abs=1e-3)


@pytest.mark.parametrize("truth", [0.0, 1.0])
def test_one_kind_of_truth_alone_is_refused(truth: float) -> None:
    with pytest.raises(ValueError, match="one kind"):
        logistic(np.zeros((5, 2)), np.full(5, truth), 1.0)


def test_probabilities_and_losses_hold_at_any_distance() -> None:
    odds = np.array([-1e4, -1.0, 0.0, 1e4])
    assert probability(odds) == pytest.approx([0, 1 / (1 + np.e), 0.5, 1])
    assert log_loss(odds, np.array([0, 0, 1, 0])) == pytest.approx([0, np.log1p(np.exp(-1)), np.log(2), 1e4])
