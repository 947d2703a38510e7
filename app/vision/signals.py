"""An event's own signals: what the frames of its sample say, as the numbers that `pycam learn` weighs. Pure.

The camera computes them from the frames which it is about to save as the event's sample, `pycam learn` from the
sample it reads back: one function, the same frames, the same numbers to the last bit. Whoever changes a signal
changes its name, too: a fit names the signals it was made for, and is refused for any other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Protocol

Pixels = tuple[int, int, int, int]
"""Left, top, width, height."""

NAMES = (
    "score_best",
    "score_mean",
    "looks_with_somebody",
    "share_with_somebody",
    "height",
    "shape",
    "across",
    "off_centre",
    "down",
    "travel",
    "motion_area",
    "motion_share",
    "motion_parts",
    "motion_travel",
    "hour_sin",
    "hour_cos",
)
"""In the order in which `signals` gives them."""

_FAR_SCORE = 0.02  # log-odds beyond this and its mirror image only tell how long a network was trained
_SMALLEST_AREA = 0.01  # percent of the frame; the logarithm of nothing is no number


class Moment(Protocol):
    """One frame of a sample; `app.store.samples.FrameFacts` is one. Boxes in pixels of the sample's pictures."""

    @property
    def time(self) -> float:
        """Seconds since the epoch."""

    @property
    def moving(self) -> bool:
        """Whether the motion was enough to count."""

    @property
    def area_percent(self) -> float:
        """The biggest blob's share of the frame."""

    @property
    def boxes(self) -> Sequence[Pixels]:
        """What moved, the biggest first."""

    @property
    def person_score(self) -> float | None:
        """The best of all seen, 0..1; 0: nobody; None: the gate was not asked."""

    @property
    def person_boxes(self) -> Sequence[Pixels]:
        """Who was seen, the best first."""


def best_score(frames: Sequence[Moment]) -> float | None:
    """The best score of all looks, 0..1, of whatever the camera looks for; None if the gate was never asked."""
    return max((frame.person_score for frame in frames if frame.person_score is not None), default=None)


def signals(
    frames: Sequence[Moment], size: tuple[int, int], zone: tzinfo | None = None
) -> tuple[float, ...] | None:
    """The numbers NAMES, all finite; None if nobody was seen in any of `frames`, or they have no size.

    `size`: width and height of the sample's pictures, pixels. The hour is that of the last frame in `zone` (None:
    this machine's).
    """
    looks = [frame for frame in frames if frame.person_score is not None]
    seen = [frame for frame in looks if frame.person_score and frame.person_boxes]
    if not seen or min(size) <= 0:
        return None
    best = max(seen, key=_score)
    x, y, w, h = _fractions(best.person_boxes[0], size)
    moving = [frame for frame in frames if frame.moving]
    when = datetime.fromtimestamp(frames[-1].time).astimezone(zone)
    turn = 2 * math.pi * (when.hour + when.minute / 60) / 24
    return (
        _log_odds(_score(best)),
        sum(map(_score, looks)) / len(looks),
        math.log1p(len(seen)),
        len(seen) / len(looks),
        math.log(h),
        math.log(h * size[1] / (w * size[0])),
        x + w / 2,
        abs(2 * x + w - 1),
        y + h,
        _travel([frame.person_boxes[0] for frame in seen], size),
        math.log(max(_SMALLEST_AREA, *(frame.area_percent for frame in frames))),
        len(moving) / len(frames),
        math.log1p(sum(len(frame.boxes) for frame in moving) / len(moving)) if moving else 0.0,
        _travel([frame.boxes[0] for frame in moving if frame.boxes], size),
        math.sin(turn),
        math.cos(turn),
    )


def _score(frame: Moment) -> float:
    return frame.person_score or 0.0


def _log_odds(score: float) -> float:
    """Scores near the ends are told apart by it as well as those in the middle."""
    inside = min(max(score, _FAR_SCORE), 1 - _FAR_SCORE)
    return math.log(inside / (1 - inside))


def _fractions(box: Pixels, size: tuple[int, int]) -> tuple[float, float, float, float]:
    """In fractions of the frame; at least a pixel wide and high."""
    (x, y, w, h), (width, height) = box, size
    return x / width, y / height, max(w, 1) / width, max(h, 1) / height


def _travel(boxes: Sequence[Pixels], size: tuple[int, int]) -> float:
    """How far the middle of a box came at most from where it was first, in frame widths and heights."""
    if not boxes:
        return 0.0
    middles = [(x + w / 2, y + h / 2) for x, y, w, h in (_fractions(box, size) for box in boxes)]
    return max(math.dist(middles[0], middle) for middle in middles)
