"""What a model file says of itself, read before any engine sees it.

The engines' own complaints about a bad file range from a protobuf assertion to a crash, and `cv2.dnn` cannot
tell the input size of an ONNX graph at all. So the few fields needed are read here straight from the protobuf
wire format (protobuf.dev/programming-guides/encoding; field numbers from onnx/onnx.proto3), which also finds a
download that was cut short.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

FETCH_HINT = "fetch it again with `pycam model fetch`"

MAX_MODEL_BYTES = 512 * 2**20
"""Nothing that a Pi could run is larger; a file that is would only fill its memory."""

# Field numbers of onnx.proto3.
_MODEL_GRAPH = 7
_GRAPH_INITIALIZER, _GRAPH_INPUT = 5, 11
_TENSOR_NAME = 8
_VALUE_NAME, _VALUE_TYPE = 1, 2
_TYPE_TENSOR, _TENSOR_SHAPE, _SHAPE_DIM, _DIM_VALUE = 1, 2, 1, 1


class ModelError(Exception):
    """A person model cannot be used. The message is one sentence: what is wrong with which file, what to do."""

    def __init__(self, message: str, brief: str = "") -> None:
        super().__init__(message)
        self.brief = brief or message
        """The same as a clause for everybody in the channel: a file's name without its folder, no advice."""


class ModelMissing(ModelError):
    """There is no model file at all."""


def unusable(file: Path, wrong: str, advice: str) -> ModelError:
    """The error for `file`, with both of its texts: `wrong` completes 'FILE …'."""
    return ModelError(f"{file} {wrong}: {advice}", f"{file.name} {wrong}")


class _Malformed(Exception):
    """The bytes are not a whole protobuf message."""


def read_model(path: Path) -> bytes:
    """The bytes of `path`. Raises ModelMissing if it is not there, ModelError if it is empty or unreadable."""
    try:
        if path.stat().st_size > MAX_MODEL_BYTES:
            raise unusable(path, f"has more than {MAX_MODEL_BYTES // 2**20} MB", "use a smaller person model")
        data = path.read_bytes()
    except FileNotFoundError:
        raise ModelMissing(
            f"There is no person model at {path}: get one with `pycam model fetch`", f"{path.name} is missing"
        ) from None
    except OSError as error:
        raise unusable(path, f"cannot be read ({error.strerror})", "check its permissions") from error
    if not data:
        raise unusable(path, "is empty (zero bytes)", FETCH_HINT)
    return data


def onnx_input_size(data: bytes, path: Path) -> tuple[int, int]:
    """(width, height) in pixels of the one image input (N×3×H×W) of an ONNX model.

    Raises ModelError if `data` is cut short, is no ONNX model, or takes anything but one image of fixed size.
    """
    try:
        inputs = list(_image_inputs(data))
    except _Malformed as error:
        raise unusable(path, f"is cut short or is not an ONNX model ({error})", FETCH_HINT) from None
    if not inputs:
        raise unusable(path, "is not an ONNX model (it has no graph with an input)", FETCH_HINT)
    shape = inputs[0]
    if len(inputs) != 1 or len(shape) != 4 or shape[1] != 3 or min(shape[2:]) <= 0:
        seen = ", ".join("×".join(str(side or "?") for side in one) or "a scalar" for one in inputs)
        raise unusable(
            path,
            f"takes {seen} where a person model takes one image, 1×3×height×width with both fixed",
            "use one that `pycam model fetch` lists",
        )
    return shape[3], shape[2]


def _image_inputs(data: bytes) -> Iterator[list[int]]:
    """The shape of each graph input that is not a weight; 0 for a side that is not fixed."""
    for number, graph in _fields(memoryview(data)):
        if number != _MODEL_GRAPH:
            continue
        weights: set[bytes] = set()  # before IR version 4 every weight was listed as an input too
        values: list[memoryview] = []
        for field, value in _fields(_message(graph)):
            if field == _GRAPH_INITIALIZER:
                weights.update(_strings(_message(value), _TENSOR_NAME))
            elif field == _GRAPH_INPUT:
                values.append(_message(value))
        for value in values:
            if not weights.intersection(_strings(value, _VALUE_NAME)):
                kinds = [kind for key, kind in _fields(value) if key == _VALUE_TYPE]
                yield [side for kind in kinds for side in _shape(_message(kind))]


def _strings(message: memoryview, number: int) -> Iterator[bytes]:
    return (bytes(_message(value)) for key, value in _fields(message) if key == number)


def _shape(kind: memoryview) -> Iterator[int]:
    for key, tensor in _fields(kind):
        if key != _TYPE_TENSOR:
            continue
        for part, shape in _fields(_message(tensor)):
            if part != _TENSOR_SHAPE:
                continue
            for field, dim in _fields(_message(shape)):
                if field == _SHAPE_DIM:
                    sides = [value for name, value in _fields(_message(dim)) if name == _DIM_VALUE]
                    yield sides[0] if sides and isinstance(sides[0], int) else 0


def _message(value: int | memoryview) -> memoryview:
    if isinstance(value, int):
        raise _Malformed("a number where a message belongs")
    return value


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """(field number, value) of one protobuf message; a value is an int or, for length-delimited fields, bytes."""
    at, end = 0, len(message)
    while at < end:
        key, at = _varint(message, at)
        wire = key & 7
        if wire == 0:
            number, at = _varint(message, at)
            yield key >> 3, number
            continue
        if wire == 2:
            size, at = _varint(message, at)
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
        else:
            raise _Malformed(f"field type {wire} does not exist")
        if at + size > end:
            raise _Malformed(f"{at + size - end:,} bytes are missing")
        yield key >> 3, message[at : at + size]
        at += size


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):  # a varint has at most ten bytes
        if at >= len(message):
            raise _Malformed("it ends inside a number")
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise _Malformed("a number has more than ten bytes")
