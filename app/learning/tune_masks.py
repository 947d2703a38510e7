"""Places that are always wrong: where false alarms cluster and no tagged person ever was, as ignore polygons. Pure.

The frame is a grid of 32×24 cells. A cell is wrong if motion of at least three false alarms touched it; it joins a
mask with its surroundings, as far as those stirred in a false alarm, too. Where somebody was, and one cell around,
stays watched: the boxes of the person model, and the motion that leads up to them. A tree that sways while somebody
walks elsewhere is still a tree.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import cv2
import numpy as np

from app.domain import Box
from app.learning.tune_case import Case
from app.learning.tune_knobs import Polygon

COLUMNS, ROWS = 32, 24
LEAST_FALSE_ALARMS = 3
"""Fewer are chance, not a place."""

MOST_OF_THE_FRAME = 0.35
"""A mask that hides more is no longer about a tree; and motion that fills more is light, which comes from no place."""

_AROUND = np.ones((3, 3), np.uint8)

Cells = np.ndarray[Any, Any]


def masks_for(false_alarms: Iterable[Case], people: Iterable[Case]) -> tuple[Polygon, ...]:
    """Polygons for one camera, in fractions of the frame; () if no place is wrong often enough, or too much is."""
    stirred = np.zeros((ROWS, COLUMNS), np.int32)
    for case in false_alarms:
        stirred += _cells(case, [box for moment in case.moments for box in moment.boxes])
    somebody = np.zeros((ROWS, COLUMNS), np.uint8)
    for case in people:
        somebody |= _walked(case)
    free = cv2.dilate(somebody, _AROUND) == 0
    wrong = (stirred >= LEAST_FALSE_ALARMS) & free
    around = cv2.dilate(wrong.astype(np.uint8), _AROUND, iterations=2).astype(bool)
    mask = wrong | (around & (stirred > 0) & free)
    if not mask.any() or mask.mean() > MOST_OF_THE_FRAME:
        return ()
    return tuple(_rectangles(mask))


def _walked(case: Case) -> Cells:
    """1 in each cell where somebody of the case was: from the people's boxes on, what moved next to what is known,
    so that the way between two looks counts, too. Where no people's box is known, all that moved."""
    people = [person.box for moment in case.moments for person in moment.people or ()]
    moved = [box for moment in case.moments for box in moment.boxes]
    if not people:
        people, moved = moved, []
    known = _cells(case, people) | _rest(case)
    most = MOST_OF_THE_FRAME * case.size[0] * case.size[1]
    waiting = [_cells(case, [box]) for box in set(moved) if box.w * box.h <= most]
    before = -1
    while before < (before := int(known.sum())):
        beside = cv2.dilate(known, _AROUND)
        for cells in waiting:
            if (cells & beside).any():
                known |= cells
    return known


def _rest(case: Case) -> Cells:
    """What the record of the whole event tells of places."""
    if case.rest is None:
        return _cells(case, [])
    width, height = case.size
    return _cells(
        case,
        [Box(*map(round, (x * width, y * height, w * width, h * height))) for x, y, w, h in case.rest.boxes],
    )


def _cells(case: Case, boxes: Iterable[Box]) -> Cells:
    """1 in each cell that one of the boxes touches."""
    cells, (width, height) = np.zeros((ROWS, COLUMNS), np.uint8), case.size
    for box in boxes:
        left, right = box.x * COLUMNS // width, -(-(box.x + box.w) * COLUMNS // width)
        top, bottom = box.y * ROWS // height, -(-(box.y + box.h) * ROWS // height)
        cells[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)] = 1
    return cells


def _rectangles(mask: Cells) -> Iterable[Polygon]:
    """The mask as few rectangles: the runs of a row, joined down as long as the next row has the same run."""
    open_runs: dict[tuple[int, int], int] = {}
    for row in range(ROWS + 1):
        runs = set(_runs(mask[row])) if row < ROWS else set()
        for run in [run for run in open_runs if run not in runs]:
            yield _corners(run[0], open_runs.pop(run), run[1], row)
        for run in runs:
            open_runs.setdefault(run, row)


def _runs(cells: Cells) -> Iterable[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], cells.astype(np.int8), [0]))))
    return [(int(start), int(end)) for start, end in zip(edges[::2], edges[1::2], strict=True)]


def _corners(left: int, top: int, right: int, bottom: int) -> Polygon:
    x1, x2, y1, y2 = (
        round(value, 4) for value in (left / COLUMNS, right / COLUMNS, top / ROWS, bottom / ROWS)
    )
    return ((x1, y1), (x2, y1), (x2, y2), (x1, y2))
