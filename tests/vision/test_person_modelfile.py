from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.vision import modelfile
from app.vision.modelfile import ModelError, onnx_input_size, read_model
from app.vision.ranking import best_first
from tests.vision.tiny_models import write_onnx

NAMED = Path("some.onnx")


def test_the_input_size_is_read_as_width_and_height(tmp_path: Path) -> None:
    path = write_onnx(tmp_path / "wide.onnx", [[[0, 0, 1, 1, 0.5]]], size=(480, 288))
    assert onnx_input_size(path.read_bytes(), path) == (480, 288)


@given(st.binary(max_size=300))
def test_no_bytes_whatsoever_raise_anything_but_a_model_error(data: bytes) -> None:
    with pytest.raises(ModelError, match=r"some\.onnx"):
        onnx_input_size(data, NAMED)


def test_a_model_cut_at_any_byte_of_its_graph_is_called_cut_short(tmp_path: Path) -> None:
    data = write_onnx(tmp_path / "whole.onnx", [[[0, 0, 1, 1, 0.5]]]).read_bytes()
    graph_end = data.rindex(b"\x42\x04")  # opset_import, the field after the graph
    for end in range(8, graph_end):
        with pytest.raises(ModelError, match="cut short"):
            onnx_input_size(data[:end], NAMED)


def test_weights_that_are_listed_as_inputs_are_no_inputs(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    model = onnx.load(write_onnx(tmp_path / "old.onnx", [[[0, 0, 1, 1, 0.5]]]))
    model.graph.input.append(onnx.helper.make_tensor_value_info("zero", onnx.TensorProto.FLOAT, [1]))
    assert onnx_input_size(model.SerializeToString(), NAMED) == (64, 32)


def test_a_size_that_is_not_fixed_is_refused(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    model = onnx.load(write_onnx(tmp_path / "free.onnx", [[[0, 0, 1, 1, 0.5]]]))
    model.graph.input[0].type.tensor_type.shape.dim[3].dim_param = "width"
    with pytest.raises(ModelError, match=r"takes 1×3×32×\? where"):
        onnx_input_size(model.SerializeToString(), NAMED)


def test_a_file_too_large_for_a_pi_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modelfile, "MAX_MODEL_BYTES", 2**20)
    path = tmp_path / "huge.onnx"
    path.write_bytes(b"x" * (2**20 + 1))
    with pytest.raises(ModelError, match="more than 1 MB"):
        read_model(path)


def test_models_are_tried_in_the_order_of_their_worth() -> None:
    names = [
        "MobileNetSSD_deploy.caffemodel",
        "ssd.onnx",
        "yolox_nano_person_256x192.onnx",
        "yolox_nano.onnx",
        "yolox_nano_person_320x256.onnx",
        "yolox_nano_person_480x288.onnx",
        "yolox_nano_person_416x320.onnx",
        "README.md",
        "MobileNetSSD_deploy.prototxt",
        "yolox_nano.onnx.part",
        ".yolox_nano_person_416x320.onnx.part.onnx",
    ]
    assert [path.name for path in best_first(Path(name) for name in names)] == [
        "yolox_nano_person_480x288.onnx",
        "yolox_nano_person_416x320.onnx",
        "yolox_nano_person_320x256.onnx",
        "yolox_nano.onnx",
        "yolox_nano_person_256x192.onnx",
        "ssd.onnx",
        "MobileNetSSD_deploy.caffemodel",
    ]


def test_of_two_equal_names_the_first_folder_wins() -> None:
    first, second = Path("data/yolox_nano.onnx"), Path("app/yolox_nano.onnx")
    assert best_first([first, second]) == [first, second]
