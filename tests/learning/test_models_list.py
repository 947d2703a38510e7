"""Which models are there, which is used, and choosing another."""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.learning import models_list
from app.learning.catalogue import Model, Version
from app.learning.models_bench import keep, measure, own_frames
from app.learning.models_cli import add_arguments, run
from app.learning.models_list import UseError, detector_as_set, list_models, present, use
from app.settings.schema import CameraSettings, PersonSettings, Settings, StorageSettings
from app.vision.notes import BENCH, Notes, read_notes
from tests.vision.tiny_models import write_onnx

LARGE, SMALL = "yolox_nano_person_416x320.onnx", "yolox_nano_person_256x192.onnx"
SOMEBODY, NOBODY = [[[8, 8, 24, 24, 0.7]]], [[[8, 8, 24, 24, 0.1]]]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Two cuts in DATA/models: the larger sees somebody everywhere, the smaller nobody anywhere."""
    empty, models = tmp_path / "none", tmp_path / "data" / "models"
    for folder in (empty, models):
        folder.mkdir(parents=True)
    monkeypatch.setattr("app.vision.person.MODEL_FILES", empty)
    monkeypatch.setattr(models_list, "MODEL_FILES", empty)
    write_onnx(models / LARGE, SOMEBODY, size=(96, 64))
    write_onnx(models / SMALL, NOBODY, size=(64, 32))
    return Settings(storage=StorageSettings(data=tmp_path / "data"))


def models_of(settings: Settings) -> Path:
    return settings.storage.data / "models"


def listed(settings: Settings) -> dict[str, tuple[bool, str]]:
    return {one.path.name: (one.in_use, one.state) for one in list_models(settings, {}, Notes())}


def test_the_one_in_use_is_marked(settings: Settings) -> None:
    assert {name: used for name, (used, _) in listed(settings).items()} == {LARGE: True, SMALL: False}


def test_each_says_what_it_is(settings: Settings) -> None:
    (models_of(settings) / "broken.onnx").write_bytes(b"no model")
    (models_of(settings) / "notes.txt").write_text("not a model either")
    content = (models_of(settings) / SMALL).read_bytes()
    version = Version(len(content), hashlib.sha256(content).hexdigest())
    catalogue = {
        SMALL: Model(SMALL, (version,), None, "Apache-2.0"),
        LARGE: Model(LARGE, (version,), None, "Apache-2.0"),
    }
    said = {one.path.name: one.state for one in list_models(settings, catalogue, Notes())}
    assert said[SMALL] == "verified (SHA-256)"
    assert said[LARGE].startswith("not the content")
    assert said["broken.onnx"].startswith("cannot be used")
    assert "notes.txt" not in said


def test_a_chosen_model_is_used_until_auto_is_chosen(settings: Settings) -> None:
    assert use(SMALL, settings) == f"{SMALL} is used."
    assert detector_as_set(settings).name == SMALL
    assert listed(settings)[SMALL][0]
    assert use("auto", settings).endswith(f"now {LARGE}.")
    assert detector_as_set(settings).name == LARGE


def test_auto_without_any_model_says_so(settings: Settings) -> None:
    for path in models_of(settings).iterdir():
        path.unlink()
    assert "but none can be used" in use("auto", settings)


@pytest.mark.parametrize("name", ["gone.onnx", "../../etc/passwd", "", "notes.txt"])
def test_only_a_model_that_is_there_can_be_chosen(settings: Settings, name: str) -> None:
    (models_of(settings) / "notes.txt").write_text("no model")
    with pytest.raises(UseError, match="No model here is called"):
        use(name, settings)
    assert detector_as_set(settings).name == LARGE


def test_a_model_that_cannot_be_used_cannot_be_chosen(settings: Settings) -> None:
    (models_of(settings) / "broken.onnx").write_bytes(b"no model")
    with pytest.raises(UseError, match=r"broken\.onnx"):
        use("broken.onnx", settings)


def test_what_the_settings_name_is_not_overruled(settings: Settings) -> None:
    named = settings.model_copy(update={"person": PersonSettings(model="/models/mine.onnx")})
    with pytest.raises(UseError, match=r"person\.model: /models/mine\.onnx"):
        use(SMALL, named)


def test_a_choice_that_knows_no_dogs_is_made_and_said(settings: Settings) -> None:
    camera = CameraSettings(name="front", source="x", classes=("person", "dog"))
    said = use(SMALL, settings.model_copy(update={"cameras": (camera,)}))
    assert "cannot tell what is a dog" in said


def save(path: Path, level: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(".jpg", np.full((48, 64, 3), level, np.uint8))[1].tobytes())


def test_the_frames_are_the_samples_else_the_alerts_else_none(tmp_path: Path) -> None:
    assert own_frames(tmp_path) == ([], "made-up noise")
    save(tmp_path / "events" / "2026-11-20" / "e" / "alert.jpg", 50)
    assert own_frames(tmp_path)[1] == "1 frames of your alerts"
    for number in range(7):
        save(tmp_path / "samples" / "s" / f"{number:03}.jpg", 10 * number)
    (tmp_path / "samples" / "s" / "999.jpg").write_bytes(b"half")
    frames, what = own_frames(tmp_path)
    assert (len(frames), what) == (7, "7 frames of your samples")
    assert len(own_frames(tmp_path, most=3)[0]) == 3


def test_each_model_is_measured_and_compared_with_the_largest(settings: Settings) -> None:
    frames = [np.full((48, 64, 3), 100, np.uint8)] * 4
    said: list[str] = []
    (models_of(settings) / "broken.onnx").write_bytes(b"no model")
    large, small = measure(present([models_of(settings)]), frames, settings, said.append)
    assert (large.name, large.input_size, large.agrees) == (LARGE, (96, 64), 1.0)
    assert (small.name, small.input_size, small.agrees) == (SMALL, (64, 32), 0.0)
    assert large.ms > 0
    assert "broken.onnx" in said[0]
    assert measure([models_of(settings) / SMALL], [], settings, said.append)[0].agrees is None


def test_what_was_measured_is_remembered_for_this_machine(settings: Settings) -> None:
    measured = measure(present([models_of(settings)]), [], settings, print)
    keep(measured, models_of(settings))
    notes = read_notes([models_of(settings)])
    assert {name: speed.ms for name, speed in notes.speeds.items()} == {
        one.name: round(one.ms, 1) for one in measured
    }
    assert all(one.ms for one in list_models(settings, {}, notes))


def cli(*words: str) -> int:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return run(parser.parse_args(words))


def test_the_command_line_lists_chooses_and_measures(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("app.learning.models_cli.load_settings", lambda: settings)
    assert cli("use", SMALL) == 0
    assert cli("list") == 0
    used = [line for line in capsys.readouterr().out.splitlines() if line.startswith("*")]
    assert len(used) == 1
    assert SMALL in used[0]
    assert cli("use", "gone.onnx") == 1
    assert cli("bench") == 0
    assert f"{SMALL} is used" in capsys.readouterr().out
    assert set(json.loads((models_of(settings) / BENCH).read_text())["looks"]) == {LARGE, SMALL}


def test_without_any_model_the_command_line_says_how_to_get_one(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("app.learning.models_cli.load_settings", lambda: settings)
    for path in models_of(settings).iterdir():
        path.unlink()
    assert (cli("list"), cli("bench")) == (1, 1)
    said = capsys.readouterr()
    assert "pycam model fetch" in said.out
    assert "pycam model fetch" in said.err
