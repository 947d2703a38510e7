"""What an owner chose and what was measured here decides which model `auto` takes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.vision.notes import BENCH, IN_USE, Notes, Speed, encode, read_notes, this_machine
from app.vision.person import PersonDetector, load_detector
from app.vision.ranking import best_first
from tests.vision.tiny_models import write_onnx

LARGE, SMALL, FULL = "yolox_nano_person_416x320.onnx", "yolox_nano_person_256x192.onnx", "yolox_nano.onnx"
SOMEBODY, NOBODY = [[[8, 8, 24, 24, 0.7]]], [[[8, 8, 24, 24, 0.1]]]
PATHS = [Path(LARGE), Path(SMALL), Path(FULL)]


def names(paths: list[Path]) -> list[str]:
    return [path.name for path in paths]


def test_the_chosen_one_comes_first() -> None:
    assert names(best_first(PATHS, chosen=SMALL)) == [SMALL, LARGE, FULL]
    assert names(best_first(PATHS, chosen="gone.onnx")) == [LARGE, FULL, SMALL]


def test_for_more_than_people_the_full_one_comes_first() -> None:
    assert names(best_first(PATHS, only_people=False)) == [FULL, LARGE, SMALL]


def test_without_notes_there_are_none(tmp_path: Path) -> None:
    assert read_notes([tmp_path, tmp_path / "absent"]) == Notes()


def test_a_choice_is_a_name_and_never_a_path(tmp_path: Path) -> None:
    (tmp_path / IN_USE).write_text(f"{SMALL}\n")
    assert read_notes([tmp_path]).chosen == SMALL
    (tmp_path / IN_USE).write_text("../../etc/passwd\n")
    assert read_notes([tmp_path]).chosen is None


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"looks": 3}', '{"looks": {"a": 3}}'])
def test_a_broken_measurement_counts_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / BENCH).write_text(text.replace("{", f'{{"machine": "{this_machine()}", ', 1))
    assert read_notes([tmp_path]) == Notes()


def test_what_another_machine_measured_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = {LARGE: Speed(30.0, "content engine 2")}
    (tmp_path / BENCH).write_bytes(encode(measured))
    assert read_notes([tmp_path]).speeds == measured
    board = tmp_path / "model"
    board.write_text("Raspberry Pi 3 Model B Plus Rev 1.3\0")
    monkeypatch.setattr("app.vision.notes._BOARD", board)
    assert "Raspberry Pi 3 Model B Plus Rev 1.3, " in this_machine()
    assert read_notes([tmp_path]).speeds == {}


def test_what_another_engine_content_or_number_of_threads_measured_does_not_count(tmp_path: Path) -> None:
    write_onnx(tmp_path / LARGE, SOMEBODY)
    detector = load_detector(tmp_path / LARGE, threads=2)
    notes = Notes(speeds={LARGE: Speed(30.0, detector.identity)})
    assert notes.ms_of(detector) == 30.0
    assert notes.ms_of(load_detector(tmp_path / LARGE, threads=1)) is None
    assert notes.ms_of(load_detector(tmp_path / LARGE, backend="cv2.dnn")) is None
    write_onnx(tmp_path / LARGE, NOBODY)
    assert notes.ms_of(load_detector(tmp_path / LARGE)) is None


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A large and a small cut that answer alike, and no other model anywhere."""
    monkeypatch.setattr("app.vision.person.MODEL_FILES", tmp_path / "none")
    for name in (LARGE, SMALL):
        write_onnx(tmp_path / name, SOMEBODY)
    return tmp_path


def note(models: Path, ms: dict[str, float]) -> None:
    speeds = {name: Speed(took, load_detector(models / name).identity) for name, took in ms.items()}
    (models / BENCH).write_bytes(encode(speeds))


def test_auto_takes_the_largest_that_keeps_up_and_else_the_fastest(models: Path) -> None:
    note(models, {LARGE: 300, SMALL: 80})
    assert load_detector(search=[models]).name == LARGE
    assert load_detector(search=[models], looks_per_second=2).name == SMALL
    assert load_detector(search=[models], looks_per_second=1).name == LARGE
    assert load_detector(search=[models], looks_per_second=10).name == SMALL
    note(models, {LARGE: 300, SMALL: 400})
    assert load_detector(search=[models], looks_per_second=2).name == LARGE


def test_what_was_chosen_is_taken_however_slow(models: Path) -> None:
    note(models, {LARGE: 300, SMALL: 80})
    (models / IN_USE).write_text(LARGE)
    assert load_detector(search=[models], looks_per_second=2).name == LARGE


def test_what_was_not_measured_is_measured_if_somebody_holds_a_stopwatch(models: Path) -> None:
    timed: list[str] = []

    def stopwatch(detector: PersonDetector) -> float:
        timed.append(detector.name)
        return {LARGE: 300.0, SMALL: 80.0}[detector.name]

    assert load_detector(search=[models], looks_per_second=2).name == LARGE
    assert load_detector(search=[models], looks_per_second=2, stopwatch=stopwatch).name == SMALL
    assert timed == [LARGE, SMALL]
    note(models, {LARGE: 90})
    assert load_detector(search=[models], looks_per_second=2, stopwatch=stopwatch).name == LARGE
    assert load_detector(search=[models], stopwatch=stopwatch).name == LARGE
    assert timed == [LARGE, SMALL]


def test_of_two_that_keep_up_the_smaller_is_not_even_measured(models: Path) -> None:
    timed: list[str] = []

    def stopwatch(detector: PersonDetector) -> float:
        timed.append(detector.name)
        return 50.0

    assert load_detector(search=[models], looks_per_second=2, stopwatch=stopwatch).name == LARGE
    assert timed == [LARGE]


def test_a_slow_model_that_knows_dogs_goes_before_a_fast_one_that_does_not(models: Path) -> None:
    write_onnx(models / FULL, np.zeros((1, 42, 85)))
    detector = load_detector(
        search=[models], classes=("person", "dog"), looks_per_second=2, stopwatch=lambda _: 900.0
    )
    assert detector.name == FULL
    (models / FULL).unlink()
    detector = load_detector(
        search=[models],
        classes=("person", "dog"),
        looks_per_second=2,
        stopwatch=lambda one: {LARGE: 900.0, SMALL: 90.0}[one.name],
    )
    assert detector.name == SMALL
    assert "dog" in detector.skipped[-1].brief
