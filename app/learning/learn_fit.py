"""Logistic regression with a ridge, for some hundred rows and some twenty columns. Pure.

Newton's method (iteratively reweighted least squares; Hastie, Tibshirani, Friedman, The Elements of Statistical
Learning, 4.4.1 and 4.4.4). The ridge makes the loss strictly convex, so that there is one answer also where the two
kinds can be told apart without a mistake, and where there are more columns than tags.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]

_MOST_STEPS = 50
_MOST_HALVINGS = 30
_SETTLED = 1e-9


class Line(NamedTuple):
    """log-odds = intercept + rows @ weights."""

    weights: Array
    intercept: float

    def log_odds(self, rows: Array) -> Array:
        """One number a row."""
        return np.asarray(rows @ self.weights + self.intercept)


def logistic(rows: Array, truths: Array, ridge: float) -> Line:
    """The line that minimises the sum of log losses + ridge / 2 · |weights|². The intercept is not held back.

    `rows`: n × columns, standardised; `truths`: n times 0 or 1, of each at least one; ridge > 0.
    Raises ValueError if there is only one kind.
    """
    if not 0 < truths.sum() < len(truths):
        raise ValueError("only one kind of truth")
    columns = np.hstack([rows, np.ones((len(rows), 1))])
    held = np.append(np.full(rows.shape[1], ridge), 0.0)
    found = np.zeros(columns.shape[1])
    found[-1] = np.log(truths.mean() / (1 - truths.mean()))
    loss = _loss(columns, truths, held, found)
    for _ in range(_MOST_STEPS):
        chances = probability(columns @ found)
        slope = columns.T @ (chances - truths) + held * found
        weight = np.maximum(chances * (1 - chances), 1e-12)
        curve = (columns.T * weight) @ columns + np.diag(held)
        curve[-1, -1] += 1e-9  # nothing else holds the intercept where every chance has settled at 0 or 1
        step = np.linalg.solve(curve, slope)
        for _ in range(_MOST_HALVINGS):  # a full step may overshoot
            better = _loss(columns, truths, held, found - step)
            if better <= loss:
                break
            step = step / 2
        found, before, loss = found - step, loss, better
        if before - loss <= _SETTLED * max(1.0, before):
            break
    return Line(found[:-1], float(found[-1]))


def probability(log_odds: Array) -> Array:
    """0..1, for any finite log-odds."""
    return np.asarray(0.5 * (1 + np.tanh(np.asarray(log_odds) / 2)))


def log_loss(log_odds: Array, truths: Array) -> Array:
    """One number a row, at least 0: how much a truth surprises who believed `log_odds`."""
    return np.asarray(np.logaddexp(0.0, log_odds) - truths * log_odds)


def _loss(columns: Array, truths: Array, held: Array, found: Array) -> float:
    return float(log_loss(columns @ found, truths).sum() + 0.5 * (held * found * found).sum())
