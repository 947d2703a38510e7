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


def test_the_time_stands_in_the_lower_left_corner_of_the_copy_alone() -> None:
    picture = np.full((480, 640, 3), 90, np.uint8)
    drawn = annotate(picture, [], "2026-11-20 14:03:01 +0100")
    assert (picture == 90).all()
    changed = np.argwhere((drawn != 90).any(axis=2))
    (top, left), (bottom, right) = changed.min(axis=0), changed.max(axis=0)
    assert (top > 440, left, bottom) == (True, 0, 479)
    assert 200 < right < 450
    corner = drawn[top:, : right + 1]
    assert corner.max() > 200
    assert corner.min() < 20, "bright letters on a dark ground"


def test_a_stamp_wider_than_its_picture_is_clipped() -> None:
    drawn = annotate(np.full((24, 32, 3), 90, np.uint8), [], "2026-11-20 14:03:01 +0100")
    assert drawn.shape == (24, 32, 3)
    assert drawn.max() > 200
