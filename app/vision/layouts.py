"""What goes into and comes out of each kind of person detector. Pure: arrays in, arrays out.

A layout is recognised by the shape of the network's output. Decoded boxes are float32 K×4 (x1 y1 x2 y2, in
pixels of the network's input), scores float32 K (0..1), of one class (a place in `Layout.labels`), unsorted and
overlapping.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.settings.labels import COCO, PERSON

Array = npt.NDArray[np.float32]
Size = tuple[int, int]
Decode = Callable[[Array, Size, float, int], tuple[Array, Array]]

STRIDES = (8, 16, 32)
"""Of YOLOX's three output grids, in input pixels, in the order in which they are concatenated."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How to feed a network and read its answer. input = (pixel − mean) × scale, channels in BGR order."""

    name: str
    letterbox: bool
    """True: keep the aspect and fill up with grey; False: stretch to the input."""
    mean: float
    scale: float
    nms_iou: float | None
    """Overlap above which the weaker of two boxes is the same person; None where the network has done that."""
    decode: Decode
    labels: tuple[str, ...]
    """What it can tell apart, in the order of its classes."""


VOC = (
    *("background", "airplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow"),
    *(
        "dining table",
        "dog",
        "horse",
        "motorcycle",
        "person",
        "potted plant",
        "sheep",
        "couch",
        "train",
        "tv",
    ),
)
"""MobileNet-SSD's classes, in COCO's words."""


def decode_yolox(output: Array, input_size: Size, min_score: float, label: int = 0) -> tuple[Array, Array]:
    """1×N×85, one row per grid cell: centre offset and log size in strides, objectness, 80 class scores.

    Source: YOLOX, demo/ONNXRuntime (Megvii, Apache-2.0). Only rows that score enough are decoded.
    """
    rows = output[0]
    scores = rows[:, 4] * rows[:, 5 + label]
    keep = np.flatnonzero(scores >= min_score)
    cells, strides = grid(input_size)
    centres = (rows[keep, 0:2] + cells[keep]) * strides[keep]
    # e^10 strides is wider than any frame; the limit keeps a mad row from overflowing to infinity.
    halves = np.exp(np.minimum(rows[keep, 2:4], 10.0)) * strides[keep] / 2
    return np.hstack([centres - halves, centres + halves]), scores[keep]


def decode_boxes(output: Array, input_size: Size, min_score: float, label: int = 0) -> tuple[Array, Array]:
    """1×N×5: x1 y1 x2 y2 in input pixels, score. What `app.learning.cut` makes."""
    rows = output[0]
    rows = rows[rows[:, 4] >= min_score]
    return rows[:, :4], rows[:, 4]


def decode_ssd(
    output: Array, input_size: Size, min_score: float, label: int = VOC.index(PERSON)
) -> tuple[Array, Array]:
    """1×1×N×7, Caffe's `detection_out`: image, label, score, x1 y1 x2 y2 as fractions of the input."""
    rows = output[0, 0]
    rows = rows[(rows[:, 1] == label) & (rows[:, 2] >= min_score)]
    width, height = input_size
    return rows[:, 3:7] * np.array([width, height, width, height], np.float32), rows[:, 2]


YOLOX = Layout("YOLOX", True, 0.0, 1.0, 0.45, decode_yolox, COCO)
DECODED = Layout("decoded", True, 0.0, 1.0, 0.45, decode_boxes, (PERSON,))
# Mean and scale of chuanqi305/MobileNet-SSD; its DetectionOutput layer has suppressed overlaps already.
SSD = Layout("SSD", False, 127.5, 0.007843, None, decode_ssd, VOC)

EXPECTED = "1×N×85 (YOLOX), 1×N×5 (decoded boxes) or 1×1×N×7 (SSD)"


def recognise(shape: tuple[int, ...], input_size: Size) -> Layout | None:
    """The layout whose output has this shape, or None."""
    if len(shape) == 3 and shape[0] == 1 and shape[2] == 5:
        return DECODED
    if len(shape) == 3 and shape[0] == 1 and shape[2] == 85 and shape[1] == len(grid(input_size)[0]):
        return YOLOX
    if len(shape) == 4 and shape[:2] == (1, 1) and shape[3] == 7:
        return SSD
    return None


def complaint(layout: Layout, output: Array) -> str | None:
    """What is impossible about this answer, or None: a right shape alone does not make it a detector's."""
    if not np.isfinite(output).all():
        return "its output has values that are not numbers"
    scores = {"YOLOX": output[..., 4:], "decoded": output[..., 4:], "SSD": output[..., 2]}[layout.name]
    if scores.size and (scores.min() < -1e-3 or scores.max() > 1 + 1e-3):
        return "its scores are not between 0 and 1"
    # Log sizes beyond e^10 strides cannot be; box sizes in pixels can, from an export that decodes already.
    if layout is YOLOX and output[..., 2:4].max() > 10:
        return "its boxes are decoded already, which a 1×N×85 output here must not be"
    return None


def default_min_score(layout: Layout, input_size: Size) -> float:
    """The score from which a box counts as a person.

    For YOLOX-nano: the threshold of best F1 over 1,362 images, 488 of them with people, which moves with the
    input size. For SSDs, which could not be measured: the 0.5 that their demos use.
    """
    if layout is SSD:
        return 0.5
    return {(320, 256): 0.41, (256, 192): 0.24}.get(input_size, 0.32)


def grid(input_size: Size) -> tuple[Array, Array]:
    """(N×2 cell positions in strides, N×1 strides in pixels) of YOLOX's rows; row by row, stride by stride."""
    width, height = input_size
    cells, strides = [], []
    for stride in STRIDES:
        columns, rows = width // stride, height // stride
        x, y = np.meshgrid(np.arange(columns), np.arange(rows))
        cells.append(np.stack([x, y], axis=-1).reshape(-1, 2))
        strides.append(np.full((columns * rows, 1), stride))
    return np.concatenate(cells).astype(np.float32), np.concatenate(strides).astype(np.float32)


def suppress(boxes: Array, scores: Array, max_iou: float, limit: int = 100) -> npt.NDArray[np.intp]:
    """Greedy non-maximum suppression: indices to keep, best first. Only the best `limit` boxes are looked at."""
    order = np.argsort(-scores, kind="stable")[:limit]
    areas = np.prod(np.maximum(boxes[:, 2:] - boxes[:, :2], 0), axis=1)
    kept = []
    while order.size:
        best, order = order[0], order[1:]
        kept.append(best)
        low = np.maximum(boxes[best, :2], boxes[order, :2])
        high = np.minimum(boxes[best, 2:], boxes[order, 2:])
        shared = np.prod(np.maximum(high - low, 0), axis=1)
        union = areas[best] + areas[order] - shared
        order = order[shared <= max_iou * union]
    return np.array(kept, np.intp)
