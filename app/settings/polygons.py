"""Polygons in fractions of the frame, as people write them into the settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import AfterValidator, Field

Fraction = Annotated[float, Field(ge=0, le=1)]
Point = tuple[Fraction, Fraction]
Polygon = Annotated[tuple[Point, ...], Field(min_length=3)]
"""[x, y] corners, 0..1 from the top left."""

_COLUMNS, _ROWS = 32, 24  # finer than any mask that leaves something worth watching


def covers_everything(polygons: Sequence[Sequence[tuple[float, float]]]) -> bool:
    """Whether nothing of the frame would be left to watch: each cell of a coarse grid lies inside a polygon."""
    centres = [((c + 0.5) / _COLUMNS, (r + 0.5) / _ROWS) for c in range(_COLUMNS) for r in range(_ROWS)]
    return bool(polygons) and all(any(_inside(x, y, p) for p in polygons) for x, y in centres)


def _inside(x: float, y: float, polygon: Sequence[tuple[float, float]]) -> bool:
    """Even-odd rule: a ray to the right crosses the outline an odd number of times."""
    odd = False
    for (x1, y1), (x2, y2) in zip(polygon, [*polygon[1:], polygon[0]], strict=True):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) / (y2 - y1) * (x2 - x1):
            odd = not odd
    return odd


def _something_left(polygons: tuple[Polygon, ...]) -> tuple[Polygon, ...]:
    if covers_everything(polygons):
        raise ValueError("the polygons cover the whole frame; nothing would be watched")
    return polygons


Mask = Annotated[tuple[Polygon, ...], AfterValidator(_something_left)]
"""Parts of the frame that do not count."""
