from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import Box
from app.vision.region import region_of_interest

FRAME = (1280, 720)


def test_nothing_moved_means_the_whole_frame() -> None:
    assert region_of_interest([], FRAME) is None
    assert region_of_interest([Box(1300, 10, 20, 20), Box(10, 10, 0, 5)], FRAME) is None


def test_motion_everywhere_means_the_whole_frame() -> None:
    assert region_of_interest([Box(0, 0, 30, 30), Box(1250, 690, 30, 30)], FRAME) is None


def test_a_small_motion_gets_half_the_height_and_the_aspect_of_the_network() -> None:
    region = region_of_interest([Box(630, 350, 20, 20)], FRAME, aspect=1.3)
    assert region == Box(406, 180, 468, 360)


def test_a_motion_at_the_edge_keeps_the_region_inside_and_as_large() -> None:
    region = region_of_interest([Box(1260, 700, 20, 20)], FRAME, aspect=1.3)
    assert region == Box(812, 360, 468, 360)


def test_legs_get_room_for_the_rest_of_the_person() -> None:
    legs = Box(600, 400, 60, 200)
    region = region_of_interest([legs], FRAME, margin=0.5)
    assert region is not None
    assert region.y <= legs.y - 100
    assert region.y + region.h >= legs.y + legs.h + 100


def test_all_boxes_are_in_the_one_region() -> None:
    region = region_of_interest([Box(300, 300, 20, 40), Box(500, 350, 20, 40)], FRAME)
    assert region is not None
    assert region.x <= 300
    assert region.x + region.w >= 520


boxes = st.lists(
    st.builds(Box, *[st.integers(-50, 1400)] * 2, *[st.integers(0, 400)] * 2), min_size=1, max_size=5
)


@given(boxes, st.tuples(st.integers(16, 2000), st.integers(16, 2000)), st.floats(0, 1), st.floats(0.5, 2))
def test_a_region_lies_in_the_frame_and_holds_all_motion_in_it(
    moved: list[Box], frame: tuple[int, int], margin: float, aspect: float
) -> None:
    region = region_of_interest(moved, frame, margin=margin, aspect=aspect)
    if region is None:
        return
    assert 0 <= region.x < region.x + region.w <= frame[0]
    assert 0 <= region.y < region.y + region.h <= frame[1]
    for box in moved:
        left, right = max(box.x, 0), min(box.x + box.w, frame[0])
        top, bottom = max(box.y, 0), min(box.y + box.h, frame[1])
        if left < right and top < bottom:
            assert region.x - 1 <= left < right <= region.x + region.w + 1  # a pixel for rounding
            assert region.y - 1 <= top < bottom <= region.y + region.h + 1


def test_a_frame_of_one_pixel_has_no_region() -> None:
    assert region_of_interest([Box(0, 0, 1, 1)], (1, 1)) is None


@pytest.mark.parametrize("max_fraction", [0.05, 1.0])
def test_how_much_of_the_frame_is_too_much_can_be_chosen(max_fraction: float) -> None:
    region = region_of_interest([Box(600, 300, 100, 100)], FRAME, max_fraction=max_fraction)
    assert (region is None) == (max_fraction == 0.05)
