from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.learning.cut import PIXEL_BUDGET, CutError, CutNeedsOnnx, cut, cut_name, input_size_for
from app.vision.backends import onnx_backends, onnx_engine
from app.vision.layouts import decode_yolox
from app.vision.person import load_detector
from tests.vision.tiny_models import write_onnx

SHARED_MODELS = Path(__file__).resolve().parents[3] / "shared" / "models"


@pytest.fixture
def full() -> Path:
    pytest.importorskip("onnx", reason="the onnx package, which cuts, is absent")
    path = SHARED_MODELS / "yolox_nano.onnx"
    if not path.is_file():
        pytest.skip("the development model yolox_nano.onnx is absent")
    return path


def noise(size: tuple[int, int]) -> np.ndarray:
    return np.random.default_rng(5).uniform(0, 255, (1, 3, size[1], size[0])).astype(np.float32)


def answer(path: Path, blob: np.ndarray, backend: str | None = None) -> np.ndarray:
    engine = onnx_engine(backend, threads=1)
    engine.load(path.read_bytes())
    return engine.run(blob)[0]


def test_a_cut_answers_exactly_what_the_full_model_answers_for_persons(full: Path, tmp_path: Path) -> None:
    """At the full model's own size, where both can be given the same picture."""
    made = tmp_path / cut_name((416, 416))
    cut(full, made, (416, 416))
    blob = noise((416, 416))
    boxes, scores = decode_yolox(answer(full, blob), (416, 416), 0.0)
    rows = answer(made, blob)[0]
    assert rows.shape == (3549, 5)
    assert np.allclose(rows[:, 4], scores, atol=1e-5)
    assert np.allclose(rows[:, :4], boxes, atol=1e-2)


@pytest.mark.parametrize("backend", onnx_backends())
@pytest.mark.parametrize("size", [(416, 320), (320, 256)])
def test_a_cut_agrees_with_the_measured_reference_cut(
    full: Path, tmp_path: Path, size: tuple[int, int], backend: str
) -> None:
    reference = SHARED_MODELS / cut_name(size)
    if not reference.is_file():
        pytest.skip(f"the development model {reference.name} is absent")
    made = tmp_path / cut_name(size)
    cut(full, made, size)
    blob = noise(size)
    assert np.allclose(answer(made, blob, backend), answer(reference, blob, backend), atol=1e-3)


def test_a_cut_for_16_to_9_loads_in_the_person_gate(full: Path, tmp_path: Path) -> None:
    made = tmp_path / cut_name((480, 288))
    cut(full, made, (480, 288))
    detector = load_detector(made)
    assert (detector.input_size, detector.layout) == ((480, 288), "decoded")


def test_a_cut_says_that_it_is_modified_and_carries_nothing_unused(full: Path, tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    made = tmp_path / "cut.onnx"
    cut(full, made, (416, 320))
    model = onnx.load(made)
    assert "Modified by pycam from YOLOX-nano (Megvii, Apache-2.0)" in model.doc_string
    used = {name for node in model.graph.node for name in node.input}
    assert {tensor.name for tensor in model.graph.initializer} <= used


def test_a_model_with_another_head_is_refused(tmp_path: Path) -> None:
    other = write_onnx(tmp_path / "other.onnx", [[[0, 0, 1, 1, 0.5]]])
    with pytest.raises(CutError, match=r"other\.onnx cannot be cut: its head is not that of YOLOX"):
        cut(other, tmp_path / "cut.onnx", (416, 320))
    assert not (tmp_path / "cut.onnx").exists()


def test_a_cut_cannot_be_cut_again(full: Path, tmp_path: Path) -> None:
    once = tmp_path / "once.onnx"
    cut(full, once, (416, 320))
    with pytest.raises(CutError, match="cannot be cut"):
        cut(once, tmp_path / "twice.onnx", (416, 320))


@pytest.mark.parametrize("content", [b"", b"<html>", b"\x00" * 100])
def test_a_file_that_is_no_model_is_refused(tmp_path: Path, content: bytes) -> None:
    pytest.importorskip("onnx")
    bad = tmp_path / "bad.onnx"
    bad.write_bytes(content)
    with pytest.raises(CutError, match=r"bad\.onnx cannot be cut"):
        cut(bad, tmp_path / "cut.onnx", (416, 320))


def test_without_the_onnx_package_the_reason_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(CutNeedsOnnx, match="full model is kept"):
        cut(tmp_path / "yolox_nano.onnx", tmp_path / "cut.onnx", (416, 320))


@pytest.mark.parametrize(
    ("aspect", "size"),
    [
        ((4, 3), (416, 320)),
        ((640, 480), (416, 320)),
        ((16, 9), (480, 288)),
        ((1920, 1080), (480, 288)),
        ((1, 1), (352, 352)),
        ((3, 4), (320, 416)),
    ],
)
def test_the_input_takes_the_aspect_of_the_camera(aspect: tuple[int, int], size: tuple[int, int]) -> None:
    assert input_size_for(aspect) == size


@given(st.integers(120, 4000), st.integers(120, 4000))
def test_every_camera_gets_a_size_that_yolox_takes_and_the_pi_can_bear(width: int, height: int) -> None:
    if not 1 / 4 <= width / height <= 4:
        with pytest.raises(CutError, match="not that of a camera"):
            input_size_for((width, height))
        return
    w, h = input_size_for((width, height))
    assert w % 32 == h % 32 == 0
    assert 0.6 * PIXEL_BUDGET < w * h <= 1.05 * PIXEL_BUDGET
