"""Dark and noisy pictures made fit for a network that learned on daylight. Pure.

The person models never saw the grey, dark, grainy pictures of an infrared camera. Three cheap steps give them back
most of what they lose there (docs/person.md): smooth the grain, which a network takes for texture; spread what
little brightness there is over most of the range; and lift the scores, because the same person scores lower in such a
picture and so does everything else. A clean picture by day passes through untouched, bit for bit.

All this happens at the network's input size, where a picture has a few hundred rows.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import cv2
import numpy as np

from app.settings.night import NightSettings

Picture = np.ndarray[Any, np.dtype[np.uint8]]

# Quantiles that stand for the darkest and the brightest: a street lamp is not the scene.
_LOW, _HIGH = 0.02, 0.98
_SPREAD_FROM, _SPREAD_OVER = 20.0, 150.0  # levels; over 200 the remaining grain cost a few more people
_LIFT = 0.5  # of a score's log-odds: .22 becomes .32, .38 becomes .5; precision stays an untouched picture's
_MOST_GAIN = 8.0  # beyond this there are no levels left to tell apart, only grain
_LEAST_RANGE = 4.0  # a covered lens: nothing to bring out

# The second derivative in both directions cancels edges and slopes, and has a response of 6 to noise of 1.
# J. Immerkær, Fast Noise Variance Estimation, 1996; the median instead of the mean leaves texture out, too.
_GRAIN = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
_GRAIN_GAIN = 6.0
_MEDIAN_OF_NORMAL = 0.6745  # of |x|, in standard deviations


class Light(NamedTuple):
    """How a picture is lit: grey levels, 0..255."""

    low: float
    high: float
    noise: float
    """Standard deviation of what changes from pixel to pixel without being an outline."""


def light_of(picture: Picture) -> Light:
    """Measure `picture`: height×width×3 uint8 BGR."""
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    shares = np.cumsum(cv2.calcHist([grey], [0], None, [256], [0, 256])) / grey.size
    low, high = np.searchsorted(shares, (_LOW, _HIGH))
    return Light(float(low), float(high), _grain(grey))


def is_dark(light: Light, night: NightSettings) -> bool:
    """Whether even the bright parts are dark, and there is something in it at all."""
    return light.high < night.below_level and light.high - light.low >= _LEAST_RANGE


def is_noisy(light: Light, night: NightSettings) -> bool:
    """Whether there is more grain than any camera has by day."""
    return light.noise >= night.noise_levels


def clear(picture: Picture, light: Light, night: NightSettings, enlarged: float = 1.0) -> Picture:
    """`picture` (height×width×3 uint8 BGR, lit as `light` says) smoothed, and spread if it is dark.

    `enlarged`: how often the camera's pixels were enlarged to those of `picture`, and their grain with them.
    """
    sigma = night.smooth_pixels * max(1.0, enlarged)
    smooth = cv2.GaussianBlur(picture, (0, 0), sigma) if sigma else picture
    if not is_dark(light, night):
        return np.asarray(smooth, np.uint8)
    gain = min(max(_SPREAD_OVER / (light.high - light.low), 1.0), _MOST_GAIN)
    levels = (np.arange(256) - light.low) * gain + _SPREAD_FROM
    return np.asarray(cv2.LUT(smooth, np.clip(levels, 0, 255).astype(np.uint8)), np.uint8)


def lifted(score: float) -> float:
    """The score of a cleared picture as one by day, 0..1."""
    return _shifted(score, _LIFT)


def unlifted(score: float) -> float:
    """The score that `lifted` makes `score` of."""
    return _shifted(score, -_LIFT)


def _shifted(score: float, by: float) -> float:
    odds = score * math.exp(by)
    return odds / (odds + 1 - score)


def _grain(grey: Picture) -> float:
    response = np.abs(cv2.filter2D(grey, cv2.CV_32F, _GRAIN)[1:-1:2, 1:-1:2])
    return float(np.median(response)) / _MEDIAN_OF_NORMAL / _GRAIN_GAIN if response.size else 0.0
