"""The settings' seconds and percents in the units the motion step works in: frames, weights, grey levels, fractions."""

from __future__ import annotations

import math
from dataclasses import dataclass

from app.settings.motion import MotionSettings

LEARN_EVERY_FRAMES = 2  # at half the price; what is learned takes a second or more
SLOW_EVERY_FRAMES = 8  # limits, and the scene under foreground, move so slowly that every 8th frame is enough
_YOUNG_SECONDS = 3.0  # of a new background, in which wind is learned fast; longer would dull it to a visitor
_BUSY_SCENE_SECONDS = 100.0  # foreground is hardly learned: what is behind it is remembered
_BUSY_NOISE_SECONDS = 8.0  # a tree in the wind is learned in this time, a passer-by is not
_FEWEST_WARM_UP_FRAMES = 3  # the least with a median; at one frame a second the setting would come to one


@dataclass(frozen=True, slots=True)
class BackgroundRules:
    """How a background learns.

    The weights are per LEARN_EVERY_FRAMES frames, the two `busy` ones per SLOW_EVERY_FRAMES.
    """

    warm_up_frames: int
    young_frames: int
    scene_weight: float
    noise_weight: float
    busy_scene_weight: float
    busy_noise_weight: float
    threshold_levels: float
    noise_multiple: float
    edge_slack: float
    light_change: float


def background_rules(settings: MotionSettings, fps: float) -> BackgroundRules:
    return BackgroundRules(
        warm_up_frames=max(frames(settings.warm_up_seconds, fps), _FEWEST_WARM_UP_FRAMES),
        young_frames=frames(_YOUNG_SECONDS, fps),
        scene_weight=weight(settings.background_seconds, fps / LEARN_EVERY_FRAMES),
        noise_weight=weight(settings.noise_seconds, fps / LEARN_EVERY_FRAMES),
        busy_scene_weight=weight(_BUSY_SCENE_SECONDS, fps / SLOW_EVERY_FRAMES),
        busy_noise_weight=weight(_BUSY_NOISE_SECONDS, fps / SLOW_EVERY_FRAMES),
        threshold_levels=settings.threshold_levels,
        noise_multiple=settings.noise_multiple,
        edge_slack=settings.edge_slack_percent / 100,
        light_change=settings.light_change_percent / 100,
    )


def frames(seconds: float, fps: float) -> int:
    return max(1, round(seconds * fps))


def weight(seconds: float, fps: float) -> float:
    """The weight per frame of a running average with this time constant."""
    return 1 - math.exp(-1 / (seconds * fps))
