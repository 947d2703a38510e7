"""What an owner chose and what was measured here decides which model `auto` takes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.vision.notes import BENCH, IN_USE, Notes, read_notes, this_machine
from app.vision.person import load_detector
from app.vision.ranking import best_first
from tests.vision.tiny_models import write_onnx

LARGE, SMALL, FULL = "yolox_nano_person_416x320.onnx", "yolox_nano_person_256x192.onnx", "yolox_nano.onnx"
PATHS = [Path(LARGE), Path(SMALL), Path(FULL)]


def names(paths: list[Path]) -> list[str]:
    return [path.name for path in paths]


def test_the_chosen_one_comes_first() -> None:
    assert names(best_first(PATHS, chosen=SMALL)) == [SMALL, LARGE, FULL]
    assert names(best_first(PATHS, chosen="gone.onnx")) == [LARGE, FULL, SMALL]


def test_the_largest_that_keeps_the_budget_comes_first_and_the_slow_ones_last_by_speed() -> None:
    ms = {LARGE: 300.0, SMALL: 90.0, FULL: 400.0}
    assert names(best_first(PATHS, ms=ms, budget_ms=250)) == [SMALL, LARGE, FULL]
    assert names(best_first(PATHS, ms=ms, budget_ms=350)) == [LARGE, SMALL, FULL]
    assert names(best_first(PATHS, ms=ms, budget_ms=50)) == [SMALL, LARGE, FULL]


def test_what_was_not_measured_keeps_its_place() -> None:
    assert names(best_first(PATHS, ms={SMALL: 10.0}, budget_ms=250)) == [LARGE, FULL, SMALL]


def test_for_more_than_people_the_full_one_comes_first_however_slow() -> None:
    ranked = best_first(PATHS, ms={FULL: 900.0}, budget_ms=250, only_people=False)
    assert names(ranked) == [FULL, LARGE, SMALL]


def test_without_notes_there_are_none(tmp_path: Path) -> None:
    assert read_notes([tmp_path, tmp_path / "absent"]) == Notes()


def test_a_choice_is_a_name_and_never_a_path(tmp_path: Path) -> None:
    (tmp_path / IN_USE).write_text(f"{SMALL}\n")
    assert read_notes([tmp_path]).chosen == SMALL
    (tmp_path / IN_USE).write_text("../../etc/passwd\n")
    assert read_notes([tmp_path]).chosen is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"machine": 1}', '{"machine": "x", "ms": 3}'])
def test_a_broken_measurement_counts_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / BENCH).write_text(text)
    assert read_notes([tmp_path]) == Notes()


def test_what_another_machine_measured_does_not_count(tmp_path: Path) -> None:
    (tmp_path / BENCH).write_text(json.dumps({"machine": this_machine(), "ms": {LARGE: 30}}))
    assert read_notes([tmp_path]).ms == {LARGE: 30.0}
    (tmp_path / BENCH).write_text(json.dumps({"machine": "armv6l, 1 cores", "ms": {LARGE: 3000}}))
    assert read_notes([tmp_path]).ms == {}


def test_auto_follows_the_choice_and_else_the_measurement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.vision.person.MODEL_FILES", tmp_path / "none")
    for name in (LARGE, SMALL):
        write_onnx(tmp_path / name, [[[8, 8, 24, 24, 0.7]]])
    (tmp_path / BENCH).write_text(json.dumps({"machine": this_machine(), "ms": {LARGE: 300, SMALL: 80}}))
    assert load_detector(search=[tmp_path]).name == LARGE
    assert load_detector(search=[tmp_path], looks_per_second=2).name == SMALL
    assert load_detector(search=[tmp_path], looks_per_second=1).name == LARGE
    (tmp_path / IN_USE).write_text(LARGE)
    assert load_detector(search=[tmp_path], looks_per_second=2).name == LARGE
