"""A camera finds out how fast an unmeasured model is here, once."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest

from app.camera.pace import stopwatch
from app.domain import Box, Detection
from app.vision.detector import PersonDetector
from app.vision.notes import BENCH, read_notes
from app.vision.person import load_detector
from tests.vision.tiny_models import write_onnx

LARGE, SMALL = "yolox_nano_person_416x320.onnx", "yolox_nano_person_256x192.onnx"


class Slow(PersonDetector):
    """One whose looks take what `takes` says, by a clock of its own."""

    def __init__(self, name: str, *takes: float) -> None:
        self.name, self.identity = name, f"content of {name}"
        self._takes, self._now = list(takes), 0.0
        self.shapes: set[tuple[int, ...]] = set()

    def detect(self, frame: np.ndarray, region: Box | None = None) -> list[Detection]:
        self._now += self._takes.pop(0)
        self.shapes.add(frame.shape)
        return []

    def clock(self) -> float:
        return self._now


def test_the_fastest_look_counts_and_is_kept(tmp_path: Path) -> None:
    folder = tmp_path / "models"
    for name, takes in ((LARGE, (0.3, 0.2, 0.9, 0.2, 0.25) * 2), (SMALL, (0.05,) * 10)):
        detector = Slow(name, *takes)
        watch = stopwatch(folder, (320, 240), clock=detector.clock)
        assert watch(detector) == pytest.approx(1000 * min(takes))
        assert detector.shapes == {(240, 320, 3)}
    assert {name: speed.ms for name, speed in read_notes([folder]).speeds.items()} == {
        LARGE: 200.0,
        SMALL: 50.0,
    }
    assert (folder / BENCH).stat().st_mode & 0o777 == 0o600


def test_a_disk_that_does_not_take_it_is_a_line_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("no folder")
    detector = Slow(LARGE, *(0.2,) * 10)
    with caplog.at_level(logging.WARNING):
        took = stopwatch(tmp_path / "file" / "models", (64, 48), clock=detector.clock)(detector)
    assert took == pytest.approx(200.0)
    assert "the next start measures again" in caplog.text


def test_the_next_start_does_not_measure_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.vision.person.MODEL_FILES", tmp_path / "none")
    write_onnx(tmp_path / LARGE, [[[8, 8, 24, 24, 0.7]]])
    looks = iter(range(10_000))
    watch = stopwatch(tmp_path, (64, 48), clock=lambda: next(looks) / 1000)
    assert load_detector(search=[tmp_path], looks_per_second=2, stopwatch=watch).name == LARGE
    used = next(looks)
    assert load_detector(search=[tmp_path], looks_per_second=2, stopwatch=watch).name == LARGE
    assert next(looks) == used + 1
