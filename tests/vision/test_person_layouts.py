from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.vision.layouts import (
    DECODED,
    SSD,
    STRIDES,
    YOLOX,
    complaint,
    decode_boxes,
    decode_ssd,
    decode_yolox,
    default_min_score,
    grid,
    recognise,
    suppress,
)

SIZE = (64, 32)
CELLS = 8 * 4 + 4 * 2 + 2 * 1


def raw_yolox(
    row: int, cell: tuple[int, int], stride: int, box: tuple[float, float, float, float]
) -> np.ndarray:
    """What YOLOX would answer for one person whose box (x1 y1 x2 y2) belongs to this cell."""
    x1, y1, x2, y2 = box
    raw = np.zeros((1, CELLS, 85), np.float32)
    raw[0, row, 0] = (x1 + x2) / 2 / stride - cell[0]
    raw[0, row, 1] = (y1 + y2) / 2 / stride - cell[1]
    raw[0, row, 2:4] = np.log([(x2 - x1) / stride, (y2 - y1) / stride])
    raw[0, row, 4:6] = 0.9, 0.8
    return raw


@given(
    row=st.integers(0, CELLS - 1),
    low=st.tuples(st.floats(-20, 60), st.floats(-20, 60)),
    size=st.tuples(st.floats(1, 90), st.floats(1, 90)),
)
def test_a_yolox_box_comes_back_from_whichever_cell_it_was_put_in(
    row: int, low: tuple[float, float], size: tuple[float, float]
) -> None:
    first = {8: 0, 16: 32, 32: 40}  # rows of a 64×32 input: 8×4 cells, then 4×2, then 2×1
    stride = max(stride for stride in STRIDES if first[stride] <= row)
    columns = SIZE[0] // stride
    cell = ((row - first[stride]) % columns, (row - first[stride]) // columns)
    box = (low[0], low[1], low[0] + size[0], low[1] + size[1])
    boxes, scores = decode_yolox(raw_yolox(row, cell, stride, box), SIZE, 0.5)
    assert boxes == pytest.approx(np.array([box]), abs=1e-2)
    assert scores == pytest.approx([0.72])


def test_yolox_scores_are_objectness_times_person_and_other_classes_do_not_count() -> None:
    raw = np.zeros((1, CELLS, 85), np.float32)
    raw[0, 3, 4:6] = 0.9, 0.3  # .27
    raw[0, 5, 4:7] = 0.9, 0.1, 1.0  # surely a bicycle
    assert len(decode_yolox(raw, SIZE, 0.3)[1]) == 0
    assert decode_yolox(raw, SIZE, 0.25)[1] == pytest.approx([0.27])


@given(arrays(np.float32, (1, CELLS, 85), elements=st.floats(-(2.0**99), 2.0**99, width=32)))
def test_a_mad_yolox_answer_does_not_overflow_to_infinity(raw: np.ndarray) -> None:
    raw[..., 0:2] %= 1000
    raw[..., 4:6] = 0.9
    boxes, _ = decode_yolox(raw, SIZE, 0.5)
    assert np.isfinite(boxes).all()


def test_decoded_rows_are_taken_as_they_are_above_the_threshold() -> None:
    rows = np.array([[[1, 2, 3, 4, 0.5], [5, 6, 7, 8, 0.49]]], np.float32)
    boxes, scores = decode_boxes(rows, SIZE, 0.5)
    assert (boxes.tolist(), scores.tolist()) == ([[1, 2, 3, 4]], [0.5])


def test_ssd_rows_are_fractions_of_the_input_and_only_people_count() -> None:
    rows = np.array(
        [[[[0, 15, 0.7, 0.5, 0.25, 1, 0.5], [0, 7, 0.9, 0, 0, 1, 1], [0, 15, 0.2, 0, 0, 1, 1]]]], np.float32
    )
    boxes, scores = decode_ssd(rows, (300, 200), 0.5)
    assert boxes.tolist() == [[150, 50, 300, 100]]
    assert scores == pytest.approx([0.7])


@pytest.mark.parametrize(
    ("shape", "layout"),
    [
        ((1, CELLS, 85), YOLOX),
        ((1, CELLS, 5), DECODED),
        ((1, 0, 5), DECODED),
        ((1, 1, 100, 7), SSD),
        ((1, CELLS + 1, 85), None),
        ((2, CELLS, 5), None),
        ((1, CELLS, 84), None),
        ((1, 3, 100, 7), None),
        ((CELLS, 5), None),
        ((), None),
    ],
)
def test_a_layout_is_known_by_the_shape_of_its_answer(shape: tuple[int, ...], layout: object) -> None:
    assert recognise(shape, SIZE) is layout


def test_an_empty_answer_is_no_reason_to_complain() -> None:
    assert complaint(DECODED, np.zeros((1, 0, 5), np.float32)) is None
    assert complaint(SSD, np.zeros((1, 1, 0, 7), np.float32)) is None


def test_a_score_that_is_no_probability_is_complained_of() -> None:
    assert "between 0 and 1" in (complaint(SSD, np.full((1, 1, 1, 7), 2.0, np.float32)) or "")


def test_thresholds_follow_the_measured_input_sizes() -> None:
    assert default_min_score(DECODED, (320, 256)) == 0.41
    assert default_min_score(DECODED, (480, 288)) == default_min_score(YOLOX, (416, 416)) == 0.32
    assert default_min_score(SSD, (300, 300)) == 0.5


def test_the_grid_counts_cells_of_all_strides() -> None:
    cells, strides = grid((416, 416))
    assert len(cells) == len(strides) == 3549


@st.composite
def scored_boxes(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    side, score = st.integers(0, 40), st.integers(0, 100)
    rows = draw(st.lists(st.tuples(side, side, side, side, score), max_size=25))
    table = np.array(rows, np.float32).reshape(-1, 5)
    return np.hstack([table[:, :2], table[:, :2] + table[:, 2:4]]), table[:, 4] / 100


def iou(one: np.ndarray, other: np.ndarray) -> float:
    shared = np.prod(np.maximum(np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2]), 0))
    union = np.prod(one[2:] - one[:2]) + np.prod(other[2:] - other[:2]) - shared
    return float(shared / union) if union else 0.0


@given(scored_boxes())
def test_suppression_keeps_the_best_of_every_heap_and_nothing_that_overlaps_it(found: tuple) -> None:
    boxes, scores = found
    kept = suppress(boxes, scores, 0.45).tolist()
    assert list(scores[kept]) == sorted(scores[kept], reverse=True)
    for at, one in enumerate(kept):
        assert all(iou(boxes[one], boxes[other]) <= 0.45 + 1e-6 for other in kept[:at])
    for lost in set(range(len(boxes))) - set(kept):
        assert any(
            scores[winner] >= scores[lost] and iou(boxes[winner], boxes[lost]) > 0.45 - 1e-6
            for winner in kept
        )
