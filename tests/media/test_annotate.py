"""Boxes for the eye, on a copy."""

from __future__ import annotations

import numpy as np

from app.domain import Box
from app.media.annotate import annotate


def test_boxes_are_drawn_on_a_copy() -> None:
    picture = np.full((240, 320, 3), 90, np.uint8)
    drawn = annotate(picture, [Box(50, 60, 40, 80)])
    assert (picture == 90).all()
    assert (drawn[60, 50:90] != 90).any(axis=1).all()
    assert (drawn[100, 70] == 90).all()


def test_a_box_that_reaches_outside_is_clipped() -> None:
    drawn = annotate(np.zeros((240, 320, 3), np.uint8), [Box(300, 200, 400, 400), Box(-20, -20, 30, 30)])
    assert drawn.shape == (240, 320, 3)
    assert drawn[200, 310].any()


def test_no_box_changes_nothing() -> None:
    picture = np.full((48, 64, 3), 7, np.uint8)
    assert (annotate(picture, []) == picture).all()
