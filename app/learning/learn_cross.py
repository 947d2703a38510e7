"""The stage as a whole, and what it is worth on days it has not seen. Pure.

Alerts of one day resemble each other: the same wind, the same light, the same visitor coming and going. So a day is
never on both sides. Two rings of it: the inner one chooses the ridge, calibrates, and finds how sure the stage may
be of a person at worst (`edge`); the outer one repeats all of that without the day it is then judged on. What is
reported is the outer ring's.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from app.learning.learn_examples import Example
from app.learning.learn_fit import Array, Line, log_loss, logistic

RIDGES = (30.0, 10.0, 3.0, 1.0)
"""The first of equals wins, so the strongest first. Below 1 some fifty tags are learned by heart."""

MOST_FOLDS = 7
"""As in tuning: a week's days are told apart."""

_CALIBRATION_RIDGE = 1e-3  # one slope over all tags needs no holding back, only an answer in every case


@dataclass(frozen=True, slots=True)
class Stage:
    """Like `app.vision.quieten.Fit`, before a threshold is set. `edge`: the greatest log-odds of nothing that a
    person had on a day left out."""

    mean: Array
    scale: Array
    weights: Array
    cameras: dict[str, float]
    intercept: float
    ridge: float
    edge: float

    def log_odds(self, examples: Sequence[Example]) -> Array:
        """Of nothing, calibrated; one an example."""
        rows = (_values(examples) - self.mean) / self.scale
        offsets = np.array([self.cameras.get(example.camera, 0.0) for example in examples])
        return np.asarray(rows @ self.weights + offsets + self.intercept)


class Unseen(NamedTuple):
    """What the outer ring said of each example: log-odds of nothing, the edge that was known without its day, and
    the log-odds of who goes by the share of false alarms alone."""

    log_odds: Array
    edges: Array
    base: Array


class Skill(NamedTuple):
    """Mean log losses, and by how many standard errors (days as clusters) the stage's is the smaller."""

    loss: float
    base_loss: float
    errors: float


def settle(examples: Sequence[Example]) -> Stage:
    """Learn from all of `examples`, which are tagged. The same ones give the same stage."""
    cameras = sorted({example.camera for example in examples})
    truths = _nothing(examples)
    tried = [(ridge, _left_out(examples, cameras, ridge)) for ridge in RIDGES]
    ridge, odds = min(tried, key=lambda one: float(log_loss(one[1], truths).sum()))
    slope, offset = _calibration(odds, truths)
    mean, scale = _standard(examples)
    line = _line(_rows(examples, cameras, mean, scale), truths, ridge)
    people = odds[truths == 0]
    columns = len(mean)
    return Stage(
        mean=mean,
        scale=scale,
        weights=slope * line.weights[:columns],
        cameras=dict(zip(cameras, (slope * line.weights[columns:]).tolist(), strict=True)),
        intercept=slope * line.intercept + offset,
        ridge=ridge,
        edge=float(slope * people.max() + offset) if len(people) else math.inf,
    )


def unseen(examples: Sequence[Example]) -> Unseen:
    """Each day judged by a stage that was settled without it."""
    log_odds, edges, base = (np.zeros(len(examples)) for _ in range(3))
    for rest, out in folds(examples):
        known = [examples[index] for index in rest]
        stage = settle(known)
        log_odds[out] = stage.log_odds([examples[index] for index in out])
        edges[out] = stage.edge
        base[out] = _share(_nothing(known))
    return Unseen(log_odds, edges, base)


def skill(examples: Sequence[Example], found: Unseen) -> Skill:
    """Whether what was said of unseen days is better than the share of false alarms alone."""
    truths = _nothing(examples)
    loss, base_loss = log_loss(found.log_odds, truths), log_loss(found.base, truths)
    gain = base_loss - loss
    days = np.unique([example.day.toordinal() for example in examples], return_inverse=True)[1]
    by_day = np.bincount(days, weights=gain - gain.mean())
    error = math.sqrt(float((by_day**2).sum())) / len(gain)
    errors = float(gain.mean()) / error if error else 0.0
    return Skill(float(loss.mean()), float(base_loss.mean()), errors)


def folds(examples: Sequence[Example]) -> Iterator[tuple[list[int], list[int]]]:
    """(what to learn from, what to judge), as places in `examples`: whole days, at most MOST_FOLDS groups of them."""
    days = sorted({example.day for example in examples})
    for fold in range(min(len(days), MOST_FOLDS)):
        out = set(days[fold::MOST_FOLDS])
        yield (
            [index for index, example in enumerate(examples) if example.day not in out],
            [index for index, example in enumerate(examples) if example.day in out],
        )


def _left_out(examples: Sequence[Example], cameras: Sequence[str], ridge: float) -> Array:
    """Each day's log-odds, as the other days alone have it."""
    odds = np.zeros(len(examples))
    for rest, out in folds(examples):
        known = [examples[index] for index in rest]
        mean, scale = _standard(known)
        line = _line(_rows(known, cameras, mean, scale), _nothing(known), ridge)
        odds[out] = line.log_odds(_rows([examples[index] for index in out], cameras, mean, scale))
    return odds


def _line(rows: Array, truths: Array, ridge: float) -> Line:
    """With one kind of truth alone there is nothing to weigh, only their share."""
    if not 0 < truths.sum() < len(truths):
        return Line(np.zeros(rows.shape[1]), _share(truths))
    return logistic(rows, truths, ridge)


def _calibration(odds: Array, truths: Array) -> tuple[float, float]:
    """Slope and offset that make log-odds of unseen days honest (J. Platt 1999). As they were, if they tell nothing:
    a slope of 0 or below would turn the order round."""
    if not 0 < truths.sum() < len(truths):
        return 1.0, 0.0
    nothing, people = float(truths.sum()), float(len(truths) - truths.sum())
    # Platt's targets: nobody is surer than so many tags allow, also where they can be told apart without a mistake.
    targets = np.where(truths == 1, (nothing + 1) / (nothing + 2), 1 / (people + 2))
    found = logistic(odds[:, np.newaxis], targets, _CALIBRATION_RIDGE)
    slope = float(found.weights[0])
    return (slope, found.intercept) if slope > 0 else (1.0, 0.0)


def _standard(examples: Sequence[Example]) -> tuple[Array, Array]:
    values = _values(examples)
    scale = values.std(axis=0)
    return values.mean(axis=0), np.where(scale > 1e-9, scale, 1.0)


def _rows(examples: Sequence[Example], cameras: Sequence[str], mean: Array, scale: Array) -> Array:
    """Standardised signals, then one column a camera: 1 where it is the one."""
    which = np.array([[float(example.camera == name) for name in cameras] for example in examples])
    return np.hstack([(_values(examples) - mean) / scale, which])


def _values(examples: Sequence[Example]) -> Array:
    return np.array([example.values for example in examples], dtype=np.float64)


def _nothing(examples: Sequence[Example]) -> Array:
    return np.array([0.0 if example.occupied else 1.0 for example in examples])


def _share(truths: Array) -> float:
    """Log-odds of the share of ones, drawn a little to the middle: never of 0 or 1 (Laplace)."""
    ones = float(truths.sum()) + 1
    return math.log(ones / (len(truths) + 2 - ones))
