"""What else than people a model finds, where a camera asks for it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.domain import Box
from app.settings.labels import COCO
from app.vision.layouts import decode_ssd, decode_yolox
from app.vision.person import ModelError, load_detector
from tests.vision.tiny_models import write_onnx

CELLS = 8 * 4 + 4 * 2 + 2 * 1  # of a 64×32 input
FRAME = np.full((32, 64, 3), 128, np.uint8)


def everything(**scores: float) -> np.ndarray:
    """YOLOX's answer: for each label its own box of 16×16 in the upper left cells of the coarser grid."""
    raw = np.zeros((1, CELLS, 85), np.float32)
    for place, (label, score) in enumerate(scores.items()):
        raw[0, 32 + place, :5] = 0.5, 0.5, 0.0, 0.0, 1.0
        raw[0, 32 + place, 5 + COCO.index(label)] = score
    return raw


@pytest.fixture
def full(tmp_path: Path) -> Path:
    return write_onnx(tmp_path / "yolox_nano.onnx", everything(person=0.7, dog=0.9, car=0.8))


def cut(folder: Path) -> Path:
    return write_onnx(folder / "yolox_nano_person_416x320.onnx", [[[8, 8, 24, 24, 0.7]]])


def test_only_people_are_found_unless_asked_otherwise(full: Path) -> None:
    assert [one.label for one in load_detector(full).detect(FRAME)] == ["person"]


def test_what_is_asked_for_is_found_and_named_best_first(full: Path) -> None:
    found = load_detector(full, classes=("person", "dog")).detect(FRAME)
    assert [(one.label, round(one.score, 2)) for one in found] == [("dog", 0.9), ("person", 0.7)]
    assert found[1].box == Box(0, 0, 16, 16)


def test_auto_takes_the_full_model_where_a_dog_is_asked_for(
    full: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.vision.person.MODEL_FILES", full.parent)
    cut(full.parent)
    assert load_detector().name == "yolox_nano_person_416x320.onnx"
    detector = load_detector(classes=("person", "dog"))
    assert (detector.name, detector.skipped) == ("yolox_nano.onnx", ())


def test_without_the_full_model_people_are_still_found_and_what_lacks_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.vision.person.MODEL_FILES", tmp_path)
    cut(tmp_path)
    detector = load_detector(classes=("person", "dog"))
    assert [one.label for one in detector.detect(FRAME)] == ["person"]
    assert "cannot tell what is a dog" in detector.skipped[-1].brief


def test_a_model_that_knows_nothing_of_what_is_asked_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot tell what is a dog or a cat"):
        load_detector(cut(tmp_path), classes=("dog", "cat"))


def test_each_class_has_its_own_column() -> None:
    for label in (0, 16, 79):
        raw = np.zeros((1, CELLS, 85), np.float32)
        raw[0, 3, 4] = raw[0, 3, 5 + label] = 1.0
        assert len(decode_yolox(raw, (64, 32), 0.5, label)[1]) == 1
        assert len(decode_yolox(raw, (64, 32), 0.5, (label + 1) % 80)[1]) == 0
    rows = np.array([[[[0, 12, 0.9, 0, 0, 1, 1], [0, 15, 0.8, 0, 0, 1, 1]]]], np.float32)
    assert decode_ssd(rows, (300, 300), 0.5, 12)[1] == pytest.approx([0.9])
    assert decode_ssd(rows, (300, 300), 0.5)[1] == pytest.approx([0.8])
