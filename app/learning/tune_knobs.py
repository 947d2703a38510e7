"""What tuning may turn, how far, and the settings with some of it turned. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from app.settings import CameraSettings, Settings

Polygon = tuple[tuple[float, float], ...]
Wheel = str

FROM_SAMPLES: tuple[Wheel, ...] = ("masks", "min_area_percent", "min_score")
"""Judged by what is recorded of the frames up to an alert, and of its event."""

FROM_CLIPS: tuple[Wheel, ...] = ("threshold_levels", "min_moving_frames", "confirm_below")
"""Judged by playing the clip of the whole event: of what these would have seen there is no record."""

WHEELS = (*FROM_SAMPLES, *FROM_CLIPS)

SECTION: Mapping[Wheel, str] = {
    "min_area_percent": "motion",
    "threshold_levels": "motion",
    "min_score": "person",
    "min_moving_frames": "trigger",
    "confirm_below": "trigger",
}
"""Where each number stands in the settings."""

_THRESHOLD_FACTORS = (1.2, 1.4, 1.7, 2.0)
"""Of the least difference: from 5 grey levels to 6, 7, 8, 10. Dark clothes before a dark hedge differ by some 15."""

_MOVING_FACTORS = (1.5, 2.5, 4.0)
"""Of the frames that must have moved: from 3 to 5, 8, 12. Somebody who crosses a doorway is seen in some 15."""

_CONFIRM_BELOW = (0.5, 0.6, 0.7, 0.8, 0.9)
"""Whom the model is surer of than of anything is announced at the first look, whatever was tagged so far."""


@dataclass(frozen=True, slots=True)
class Knobs:
    """A value for each wheel. `masks`: by camera, in addition to those set."""

    min_area_percent: float
    min_score: float | None
    """0..1; None: no person model."""
    threshold_levels: float
    min_moving_frames: int
    confirm_below: float
    masks: Mapping[str, tuple[Polygon, ...]] = field(default_factory=dict)


class Turn(NamedTuple):
    """One of FROM_CLIPS, and its new value."""

    wheel: Wheel
    value: float

    def of(self, knobs: Knobs) -> Knobs:
        """`knobs`, with this turned."""
        changes: dict[str, Any] = {self.wheel: self.value}
        return replace(knobs, **changes)


def possible_turns(start: Knobs, window_frames: int) -> tuple[Turn, ...]:
    """Every turn of FROM_CLIPS that may be tried, all of them tighter than `start`, the smallest of a wheel first."""
    least = max(start.threshold_levels, round(start.threshold_levels))  # motion counts in whole levels
    levels = sorted({round(start.threshold_levels * factor) for factor in _THRESHOLD_FACTORS})
    frames = sorted({math.ceil(start.min_moving_frames * factor) for factor in _MOVING_FACTORS})
    scores = _CONFIRM_BELOW if start.min_score is not None else ()
    return (
        *(Turn("threshold_levels", value) for value in levels if least < value <= 100),
        *(
            Turn("min_moving_frames", value)
            for value in frames
            if start.min_moving_frames < value <= window_frames
        ),
        *(Turn("confirm_below", value) for value in scores if value > start.confirm_below),
    )


def turns(start: Knobs, knobs: Knobs) -> list[Turn]:
    """Which of FROM_CLIPS `knobs` turn."""
    return [
        Turn(wheel, getattr(knobs, wheel))
        for wheel in FROM_CLIPS
        if getattr(knobs, wheel) != getattr(start, wheel)
    ]


def without_turns(start: Knobs, knobs: Knobs) -> Knobs:
    """`knobs` with FROM_CLIPS as they were."""
    return replace(knobs, **{wheel: getattr(start, wheel) for wheel in FROM_CLIPS})


def is_one_turn(start: Knobs, knobs: Knobs) -> bool:
    """Whether but one wheel differs."""
    return sum(getattr(start, wheel) != getattr(knobs, wheel) for wheel in WHEELS) == 1


def turned(settings: Settings, camera: CameraSettings, knobs: Knobs) -> tuple[Settings, CameraSettings]:
    """The settings as `knobs` would have them. The score is not among them: the gate that is asked applies it."""
    motion = {
        "min_area_percent": knobs.min_area_percent,
        "threshold_levels": knobs.threshold_levels,
    }
    trigger = {"min_moving_frames": knobs.min_moving_frames, "confirm_below": knobs.confirm_below}
    masks = (*camera.ignore, *knobs.masks.get(camera.name, ()))
    return (
        settings.model_copy(
            update={
                "motion": settings.motion.model_copy(update=motion),
                "trigger": settings.trigger.model_copy(update=trigger),
            }
        ),
        camera.model_copy(update={"ignore": masks}),
    )
