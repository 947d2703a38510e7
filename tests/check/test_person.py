"""The person model: absent, empty, of unknown content, cut, fetched; and its speed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from app.check.check import Context
from app.check.person import checks, model, speed
from app.vision import person
from tests.check.builders import assert_failed, assert_ok, assert_skipped, assert_warning, context_of
from tests.vision.tiny_models import write_onnx

NOBODY = [[[0, 0, 0, 0, 0]]]


@pytest.fixture(autouse=True)
def _no_model_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(person, "MODEL_FILES", tmp_path / "none")


@pytest.fixture
def models(tmp_path: Path) -> Path:
    folder = tmp_path / "data" / "models"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def house(models: Path) -> Context:
    return context_of(storage={"data": models.parent}, person={"max_per_second": 0.01})


def test_no_model_is_a_failure_that_says_what_decides_now(house: Context) -> None:
    assert_failed(model(house), "motion alone decides", do="pycam model fetch")
    assert_skipped(speed(house), "see person:model")


def test_an_empty_model_is_a_failure(house: Context, models: Path) -> None:
    (models / "yolox_nano.onnx").touch()
    assert_failed(model(house), "zero bytes", do="pycam model fetch")


def test_a_model_of_unknown_content_is_a_warning_with_its_hash(house: Context, models: Path) -> None:
    write_onnx(models / "mine.onnx", NOBODY)
    assert_warning(model(house), "mine.onnx", "not in the catalogue", "SHA-256", do="pycam model fetch")
    assert_ok(speed(house), "ms a frame", "mine.onnx")


def test_a_model_named_in_the_settings_is_the_one_that_is_checked(house: Context, tmp_path: Path) -> None:
    path = write_onnx(tmp_path / "elsewhere.onnx", NOBODY)
    named = context_of(storage={"data": tmp_path}, person={"model": str(path)})
    assert_warning(model(named), str(path), do="delete it")


def test_the_fetched_model_is_known_by_its_hash(
    house: Context, models: Path, shared_path: Callable[[str], Path]
) -> None:
    shutil.copy(shared_path("models/yolox_nano.onnx"), models)
    assert_ok(model(house), "SHA-256 is in the catalogue")


def test_a_cut_is_known_by_the_model_beside_it(
    house: Context, models: Path, shared_path: Callable[[str], Path]
) -> None:
    shutil.copy(shared_path("models/yolox_nano_person_416x320.onnx"), models)
    assert_warning(model(house), "a cut", "not beside it", do="pycam model fetch")
    shutil.copy(shared_path("models/yolox_nano.onnx"), models)
    assert_ok(model(house), "yolox_nano_person_416x320.onnx", "a cut; the yolox_nano.onnx beside it")


def test_a_broken_file_beside_a_good_one_is_a_warning(
    house: Context, models: Path, shared_path: Callable[[str], Path]
) -> None:
    shutil.copy(shared_path("models/yolox_nano.onnx"), models)
    (models / "yolox_nano_person_416x320.onnx").touch()
    assert_warning(
        model(house), "yolox_nano.onnx", "passed over", "zero bytes", do="delete what is passed over"
    )


def test_a_model_slower_than_the_gate_may_ask_is_a_warning(
    house: Context, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_onnx(models / "mine.onnx", NOBODY)
    clock = iter(range(1000))
    monkeypatch.setattr("app.check.person.time.monotonic", lambda: float(next(clock)))
    slow = context_of(storage={"data": models.parent}, person={"max_per_second": 2})
    assert_warning(speed(slow), "1000 ms a frame", "allows 2", do="smaller cut")


def test_speed_is_measured_alone(house: Context) -> None:
    assert [(check.name, check.alone) for check in checks(house)] == [
        ("person:model", False),
        ("person:speed", True),
    ]
