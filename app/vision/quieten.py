"""The second stage: does this alert look like those that the people here have tagged as nothing? Pure.

It can only quieten, and only where the person model was unsure. It says nothing at all

- without a person model, or where the gate was never asked: with no score nobody can say that it was low;
- from `never_above` on, whatever was seen: not of an event that looked like that from the start, and no longer of
  one that comes to (`speaks_against`);
- of a camera that it has too few tags of, or of another person model's scores.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from app.domain import CAMERA_NAME
from app.vision.signals import NAMES, Moment, best_score, signals

LEAST_PROBABILITY = 0.7
"""Below this "probably nothing" would not be said by anybody, however well it went on the tagged ones."""

_FAR = 700.0  # exp() of more is no float


class UnusableFit(Exception):
    """The text is no fit for this pycam; why, in one sentence."""


class Fit(BaseModel):
    """Weights of the signals, and from which probability on an alert is called nothing.

    log-odds of nothing = intercept + camera's + sum of weight · (signal - mean) / scale
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    version: Literal[1] = 1
    made: float
    """Seconds since the epoch."""
    person_model: str
    """Whose scores it has learned from."""
    names: tuple[str, ...]
    mean: tuple[float, ...]
    scale: tuple[Annotated[float, Field(gt=0)], ...]
    weights: tuple[float, ...]
    cameras: dict[str, float]
    intercept: float
    threshold: float = Field(ge=LEAST_PROBABILITY, lt=1)
    told: dict[str, float] = {}
    """What it promised when it was made, for people: `app.learning.learn_text` knows the names."""

    @model_validator(mode="after")
    def _fits_together(self) -> Fit:
        if self.names != NAMES:
            raise ValueError("it was made for other signals")
        if not len(self.mean) == len(self.scale) == len(self.weights) == len(NAMES):
            raise ValueError("it has not one number a signal")
        if not self.cameras or not all(CAMERA_NAME.fullmatch(name) for name in self.cameras):
            raise ValueError("its cameras have no names")
        return self

    def probability(self, values: Sequence[float], camera: str) -> float:
        """That an alert with those signals is nothing, 0..1. Raises KeyError for a camera it does not know."""
        odds = self.intercept + self.cameras[camera]
        for value, mean, scale, weight in zip(values, self.mean, self.scale, self.weights, strict=True):
            odds += weight * (value - mean) / scale
        return 1 / (1 + math.exp(min(max(-odds, -_FAR), _FAR)))


class Judgement(NamedTuple):
    """`probability` that it is nothing, 0..1; None: it cannot be judged, and then it is never `quiet`."""

    probability: float | None
    quiet: bool


UNJUDGED = Judgement(None, quiet=False)


def judge(
    fit: Fit,
    frames: Sequence[Moment],
    size: tuple[int, int],
    *,
    camera: str,
    person_model: str | None,
    never_above: float,
) -> Judgement:
    """An alert, by the frames of its sample (`size`: width and height of their pictures, pixels)."""
    if camera not in fit.cameras or person_model != fit.person_model:
        return UNJUDGED
    values = signals(frames, size)
    if values is None:
        return UNJUDGED
    probability = fit.probability(values, camera)
    quiet = probability >= fit.threshold and not speaks_against(best_score(frames), never_above)
    return Judgement(probability, quiet)


def speaks_against(score: float | None, never_above: float) -> bool:
    """Whether an event with this best score must not be quiet. No score is no low score."""
    return score is None or score >= never_above


def read_fit(text: str) -> Fit:
    """The fit that `fit.model_dump_json()` wrote. Raises UnusableFit for anything else."""
    try:
        return Fit.model_validate_json(text)
    except ValidationError as error:
        raise UnusableFit(_first(error.errors(include_input=False))) from None


def _first(mistakes: Sequence[Any]) -> str:
    place = ".".join(map(str, mistakes[0]["loc"]))
    said = str(mistakes[0]["msg"]).removeprefix("Value error, ")
    return f"{place}: {said}" if place else said
