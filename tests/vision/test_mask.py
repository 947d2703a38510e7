"""Ignore polygons become the right pixels."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.vision.mask import watched

WIDTH, HEIGHT = 160, 120
fraction = st.floats(0, 1)


def test_without_polygons_every_pixel_counts() -> None:
    assert (watched([], WIDTH, HEIGHT) == 255).all()


@given(left=fraction, right=fraction, top=fraction, bottom=fraction)
def test_a_rectangle_takes_its_own_pixels_and_no_others(
    left: float, right: float, top: float, bottom: float
) -> None:
    left, right = sorted((left, right))
    top, bottom = sorted((top, bottom))
    mask = watched([[(left, top), (right, top), (right, bottom), (left, bottom)]], WIDTH, HEIGHT)
    x, y = (np.arange(WIDTH) + 0.5) / WIDTH, (np.arange(HEIGHT) + 0.5) / HEIGHT

    def reach(values: np.ndarray, low: float, high: float, pixel: float) -> np.ndarray:
        return (values > low - pixel) & (values < high + pixel)

    inside = np.outer(reach(y, top, bottom, -1 / HEIGHT), reach(x, left, right, -1 / WIDTH))
    near = np.outer(reach(y, top, bottom, 1.5 / HEIGHT), reach(x, left, right, 1.5 / WIDTH))
    assert (mask[inside] == 0).all()
    assert (mask[~near] == 255).all()


@given(st.lists(st.lists(st.tuples(fraction, fraction), min_size=3, max_size=8), max_size=4))
def test_polygons_of_any_shape_only_add_up(polygons: list[list[tuple[float, float]]]) -> None:
    whole = watched(polygons, WIDTH, HEIGHT)
    assert set(np.unique(whole)) <= {0, 255}
    for polygon in polygons:
        assert (whole <= watched([polygon], WIDTH, HEIGHT)).all()
