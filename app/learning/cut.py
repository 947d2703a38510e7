"""Cut YOLOX-nano down to what a person gate needs: one class of eighty, the camera's aspect, boxes decoded.

The weights stay as they are, so the answers do too; what goes away is work: 79 class channels, and the grey
bars that a wide picture leaves in a square input. Needs the `onnx` package (extra "models").

The graph's head, found by following it back from the output rather than by names, which exporters choose freely:

    Transpose <- Concat(3 strides) <- Reshape 1×85×n <- Concat(box 4, Sigmoid objectness, Sigmoid classes 80)
                                                                                          <- Conv with 80 outputs
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from app.vision.layouts import STRIDES, grid

PIXEL_BUDGET = 416 * 320
"""The input size whose accuracy and time were measured for 4:3; other aspects get about as many pixels."""

PIXEL_BUDGETS = (PIXEL_BUDGET, 320 * 256, 256 * 192)
"""The sizes that were measured, largest first: what a slower machine may fall back on."""

_MODIFIED = (
    "Modified by pycam from YOLOX-nano (Megvii, Apache-2.0): class channels other than person removed,"
    " box decoding added, input resized."
)


class CutError(Exception):
    """The model cannot be cut. The message is one sentence."""


class CutNeedsOnnx(CutError):
    """The `onnx` package is not installed."""


def cut_name(input_size: tuple[int, int]) -> str:
    return f"yolox_nano_person_{input_size[0]}x{input_size[1]}.onnx"


def input_size_for(aspect: tuple[int, int], pixels: int = PIXEL_BUDGET) -> tuple[int, int]:
    """(width, height), multiples of 32, on which a picture of this aspect comes out largest within so many `pixels`.

    5 % more than the budget is allowed, so that 16:9 gets 480×288 and not 448×256.
    """
    aspect_w, aspect_h = aspect
    if aspect_w <= 0 or aspect_h <= 0 or not 1 / 4 <= aspect_w / aspect_h <= 4:
        raise CutError(
            f"An aspect of {aspect_w}:{aspect_h} is not that of a camera: give one from 1:4 to 4:1"
        )
    sides = range(32, 1024, 32)
    sizes = [(w, h) for w in sides for h in sides if w * h <= 1.05 * pixels]
    return max(sizes, key=lambda size: (min(size[0] / aspect_w, size[1] / aspect_h), -size[0] * size[1]))


def cut(source: Path, destination: Path, input_size: tuple[int, int]) -> None:
    """Write to `destination` the person cut of the full YOLOX-nano at `source`.

    The result takes 1×3×height×width and answers 1×N×5: x1 y1 x2 y2 in input pixels, score. Raises CutNeedsOnnx,
    CutError if `source` is not a YOLOX with 80 classes, OSError if `destination` cannot be written.
    """
    try:
        import onnx  # noqa: PLC0415  an optional extra, needed once per installation
    except ImportError:
        raise CutNeedsOnnx(
            "The package onnx is not installed (`make install` brings it on 64 bits): the full model is kept as it is"
        ) from None
    try:
        model = onnx.load(source)
        _PersonCut(onnx, model).apply(input_size)
        onnx.checker.check_model(model, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise CutError(f"{source.name} cannot be cut: the result would not be valid ({error})") from error
    except Exception as error:  # protobuf's errors for a broken file share no base class that is public
        raise CutError(f"{source.name} cannot be cut: {error}") from error
    destination.write_bytes(model.SerializeToString())


class _PersonCut:
    """One rewriting of one model, step by step in `apply`."""

    def __init__(self, onnx: Any, model: Any) -> None:
        self._onnx = onnx
        self._model = model
        self._graph = model.graph
        self._maker = {name: node for node in self._graph.node for name in node.output}
        self._weights = {tensor.name: tensor for tensor in self._graph.initializer}

    def apply(self, input_size: tuple[int, int]) -> None:
        transpose = self._made_by(self._graph.output[0].name, "Transpose")
        strides = self._made_by(transpose.input[0], "Concat")
        if len(strides.input) != len(STRIDES):
            raise CutError("it does not have YOLOX's three strides")
        for index, name in enumerate(strides.input):
            reshape = self._made_by(name, "Reshape")
            head = self._made_by(reshape.input[0], "Concat")
            classes = self._made_by(self._made_by(head.input[2], "Sigmoid").input[0], "Conv")
            self._keep_first_channel(classes.input[1])
            self._keep_first_channel(classes.input[2])
            # x y w h, objectness, person
            reshape.input[1] = self._constant(f"person_shape_{index}", np.array([1, 6, -1], np.int64))
        self._resize_input(input_size)
        self._decode(transpose.output[0], input_size)
        self._tidy()

    def _made_by(self, name: str, kind: str) -> Any:
        node = self._maker.get(name)
        if node is None or node.op_type != kind:
            raise CutError(f"its head is not that of YOLOX ({kind} expected)")
        return node

    def _keep_first_channel(self, name: str) -> None:
        """COCO's class 0 is the person."""
        tensor = self._weights.get(name)
        if tensor is None or tensor.dims[0] != 80:
            raise CutError("it does not have YOLOX's 80 classes")
        values = self._onnx.numpy_helper.to_array(tensor)
        tensor.CopyFrom(self._onnx.numpy_helper.from_array(values[:1].copy(), name))

    def _resize_input(self, input_size: tuple[int, int]) -> None:
        dims = self._graph.input[0].type.tensor_type.shape.dim
        dims[2].dim_value, dims[3].dim_value = input_size[1], input_size[0]

    def _decode(self, raw: str, input_size: tuple[int, int]) -> None:
        """Append what `app.vision.layouts.decode_yolox` does: 1×N×6 raw -> 1×N×5 corners and score."""
        cells, strides = grid(input_size)
        node = self._onnx.helper.make_node
        add = self._graph.node.append
        axis = self._constant("person_axis", np.array([2], np.int64))
        bounds = {at: self._constant(f"person_at_{at}", np.array([at], np.int64)) for at in (0, 2, 4, 5, 6)}
        for name, start, end in (("offset", 0, 2), ("logsize", 2, 4), ("object", 4, 5), ("class", 5, 6)):
            add(node("Slice", [raw, bounds[start], bounds[end], axis], [f"person_{name}"]))
        stride = self._constant("person_stride", np.repeat(strides, 2, axis=1)[np.newaxis])
        cell = self._constant("person_cell", cells[np.newaxis])
        half = self._constant("person_half_stride", np.repeat(strides / 2, 2, axis=1)[np.newaxis])
        add(node("Add", ["person_offset", cell], ["person_place"]))
        add(node("Mul", ["person_place", stride], ["person_centre"]))
        add(node("Exp", ["person_logsize"], ["person_size"]))
        add(node("Mul", ["person_size", half], ["person_half"]))
        add(node("Sub", ["person_centre", "person_half"], ["person_low"]))
        add(node("Add", ["person_centre", "person_half"], ["person_high"]))
        add(node("Mul", ["person_object", "person_class"], ["person_score"]))
        add(node("Concat", ["person_low", "person_high", "person_score"], ["detections"], axis=2))
        del self._graph.output[:]
        shape = [1, len(cells), 5]
        kind = self._onnx.TensorProto.FLOAT
        self._graph.output.append(self._onnx.helper.make_tensor_value_info("detections", kind, shape))

    def _tidy(self) -> None:
        """Drop what the cut left behind: unused constants, and the shapes that belong to the old input."""
        used = {name for node in self._graph.node for name in node.input}
        for tensor in [tensor for tensor in self._graph.initializer if tensor.name not in used]:
            self._graph.initializer.remove(tensor)
        del self._graph.value_info[:]
        self._model.doc_string = _MODIFIED

    def _constant(self, name: str, values: np.ndarray[Any, Any]) -> str:
        self._graph.initializer.append(self._onnx.numpy_helper.from_array(values, name))
        return name
