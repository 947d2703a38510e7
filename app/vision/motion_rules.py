"""The settings' seconds and percents in the units the motion step works in: frames, weights, grey levels, fractions."""

from __future__ import annotations

import math
from dataclasses import dataclass

from app.settings.motion import MotionSettings

TURN_SECONDS = (
    0.3  # from learning to learning, for a third of the price; what is learned takes a second or more
)
SLOW_TURNS = 3  # limits, and the scene under foreground, move so slowly that every third turn is enough
_YOUNG_SECONDS = 3.0  # of a new background, in which wind is learned fast; longer would dull it to a visitor
_BUSY_SCENE_SECONDS = 100.0  # foreground is hardly learned: what is behind it is remembered
_BUSY_NOISE_SECONDS = 8.0  # a tree in the wind is learned in this time, a passer-by is not
_FEWEST_WARM_UP_FRAMES = 3  # the least with a median; at one frame a second the setting would come to one


@dataclass(frozen=True, slots=True)
class BackgroundRules:
    """How a background learns. Times are in turns of TURN_SECONDS: those of running averages, their time constants."""

    warm_up_frames: int
    young_turns: float
    scene_turns: float
    noise_turns: float
    busy_scene_turns: float
    busy_noise_turns: float
    threshold_levels: float
    noise_multiple: float
    edge_slack: float
    light_change: float


def background_rules(settings: MotionSettings, fps: float) -> BackgroundRules:
    return BackgroundRules(
        warm_up_frames=max(frames(settings.warm_up_seconds, fps), _FEWEST_WARM_UP_FRAMES),
        young_turns=_YOUNG_SECONDS / TURN_SECONDS,
        scene_turns=settings.background_seconds / TURN_SECONDS,
        noise_turns=settings.noise_seconds / TURN_SECONDS,
        busy_scene_turns=_BUSY_SCENE_SECONDS / TURN_SECONDS,
        busy_noise_turns=_BUSY_NOISE_SECONDS / TURN_SECONDS,
        threshold_levels=settings.threshold_levels,
        noise_multiple=settings.noise_multiple,
        edge_slack=settings.edge_slack_percent / 100,
        light_change=settings.light_change_percent / 100,
    )


def frames(seconds: float, fps: float) -> int:
    return max(1, round(seconds * fps))


def weight(passed: float, time_constant: float) -> float:
    """What the newest value weighs in a running average, so much time after the one before it."""
    return 1 - math.exp(-passed / time_constant)
