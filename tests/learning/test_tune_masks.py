"""A mask lies where false alarms stir and nobody ever was, and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from app.domain import Box, Detection
from app.learning.tune_case import Case, Moment
from app.learning.tune_knobs import Polygon
from app.learning.tune_masks import masks_for

SIZE = (640, 480)
TREE = Box(480, 40, 100, 120)
FLASH = Box(0, 0, 640, 480)


def case(*moments: tuple[Sequence[Box], Sequence[Box] | None]) -> Case:
    """Of each moment: what moved, and the people's boxes (None: the gate was not asked)."""
    return Case(
        id="x",
        camera="front",
        day=date(2026, 6, 1),
        alert=True,
        occupied=True,
        tagged=True,
        gated=True,
        size=SIZE,
        moments=tuple(
            Moment(
                index / 10,
                1.0,
                tuple(moved),
                None if people is None else tuple(Detection(box, 0.9) for box in people),
            )
            for index, (moved, people) in enumerate(moments)
        ),
        rest=None,
    )


GUSTS = [case(([TREE], None))] * 3


def at(left: int) -> Box:
    """Somebody who walks by, `left` pixels from the left."""
    return Box(left, 40, 60, 200)


def covers(masks: Sequence[Polygon], box: Box) -> bool:
    """Whether one of these rectangles hides the middle of the box."""
    x, y = (box.x + box.w / 2) / SIZE[0], (box.y + box.h / 2) / SIZE[1]
    return any(polygon[0][0] < x < polygon[2][0] and polygon[0][1] < y < polygon[2][1] for polygon in masks)


def test_a_tree_that_sways_while_somebody_walks_elsewhere_is_still_a_tree() -> None:
    walk = case(([at(100), TREE], [at(100)]), ([at(130), TREE], None))
    assert covers(masks_for(GUSTS, [walk] * 5), TREE)


def test_where_somebody_was_seen_there_is_no_mask() -> None:
    assert not covers(masks_for(GUSTS, [case(([TREE], [TREE]))]), TREE)


def test_the_way_of_somebody_up_to_the_first_look_stays_watched() -> None:
    """They come from behind the tree, and the gate is asked only at the other end of the room."""
    walk = case(*(([at(left)], None) for left in range(500, 100, -50)), ([at(100)], [at(100)]))
    assert not covers(masks_for(GUSTS, [walk]), TREE)


def test_without_a_persons_box_all_that_moved_is_somebody() -> None:
    walk = case(([at(100), TREE], None))
    assert not covers(masks_for(GUSTS, [walk]), TREE)


def test_a_flash_over_the_whole_picture_is_of_no_place() -> None:
    walk = case(([FLASH], None), ([at(100)], [at(100)]))
    assert covers(masks_for(GUSTS, [walk]), TREE)


def test_a_false_alarm_or_two_are_no_place() -> None:
    assert masks_for(GUSTS[:2], []) == ()
