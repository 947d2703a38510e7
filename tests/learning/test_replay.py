"""`pycam replay` runs the eyes alone on a recorded clip."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SharedPath = Callable[[str], Path]
MODEL = "models/yolox_nano_person_416x320.onnx"


def pycam_replay(*arguments: str, config: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The real command, with nothing in its environment that could reach Redis or Slack."""
    environment = {"PATH": os.environ["PATH"], "REDIS_URL": "redis://127.0.0.1:1/0"}
    if config:
        environment["PYCAM_CONFIG"] = str(config)
    return subprocess.run(
        [sys.executable, "-m", "app", "replay", *arguments],
        capture_output=True,
        text=True,
        env=environment,
        timeout=100,
        check=False,
    )


@pytest.fixture
def with_model(tmp_path: Path, shared_path: SharedPath) -> Path:
    config = tmp_path / "config.yml"
    config.write_text(f"person: {{model: '{shared_path(MODEL)}'}}\n")
    return config


def events(result: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_three_visits_are_three_events_about_when_they_happened(
    with_model: Path, shared_path: SharedPath
) -> None:
    result = pycam_replay(str(shared_path("clips/three-visits.mp4")), "--json", config=with_model)
    found = events(result)
    assert result.returncode == 0, result.stderr
    assert [e["start_s"] for e in found] == pytest.approx([6.6, 23.1, 50.6], abs=1.5)
    assert [e["end_s"] for e in found] == pytest.approx([20.8, 46.0, 71.4], abs=1.5)
    assert all(e["person_score"] > 0.5 and e["boxes"] and e["frames"] > 30 for e in found)


@pytest.mark.parametrize("clip", ["road-cars", "hand-and-bottles"])
def test_what_is_no_person_makes_no_event(with_model: Path, shared_path: SharedPath, clip: str) -> None:
    result = pycam_replay(str(shared_path(f"clips/{clip}.mp4")), config=with_model)
    assert (result.returncode, result.stdout) == (0, "no event\n"), result.stderr


def test_without_a_model_motion_decides_and_that_is_said(tmp_path: Path, shared_path: SharedPath) -> None:
    config = tmp_path / "config.yml"
    config.write_text(f"person: {{model: '{tmp_path / 'none.onnx'}'}}\n")
    result = pycam_replay(str(shared_path("clips/worker.mp4")), "--json", config=config)
    assert result.returncode == 0
    assert "motion alone" in result.stderr
    assert "none.onnx" in result.stderr
    assert all(e["person_score"] is None for e in events(result))
    assert events(result)


def test_a_clip_that_was_cut_off_gives_what_is_there_and_then_the_reason(
    tmp_path: Path, with_model: Path, shared_path: SharedPath
) -> None:
    whole = shared_path("clips/three-visits.mp4").read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole[: len(whole) // 2])
    result = pycam_replay(str(cut), "--json", config=with_model)
    assert result.returncode == 1
    assert "cut.mp4" in result.stderr
    assert "Traceback" not in result.stderr
    assert events(result)


def test_garbage_in_the_middle_of_a_clip_is_said_and_the_rest_is_looked_at(
    tmp_path: Path, shared_path: SharedPath
) -> None:
    video = bytearray(shared_path("clips/worker.mp4").read_bytes())
    middle = len(video) // 2
    video[middle : middle + 30_000] = random.Random(1).randbytes(30_000)  # noqa: S311
    damaged = tmp_path / "damaged.mp4"
    damaged.write_bytes(video)
    config = tmp_path / "config.yml"
    config.write_text("person: {model: nothing-here.onnx}\n")
    result = pycam_replay(str(damaged), "--json", config=config)
    assert result.returncode == 3, result.stderr
    assert re.search(r"damaged\.mp4: [1-9]\d* damaged frames? w\w+ left out", result.stderr)


@pytest.mark.parametrize(
    "content", [b"", b"\x00" * 5000, b"this is no video\n" * 100], ids=["empty", "zeros", "text"]
)
def test_what_is_no_video_is_one_clear_line(tmp_path: Path, content: bytes) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(content)
    result = pycam_replay(str(clip))
    assert result.returncode == 1
    assert "clip.mp4" in result.stderr.splitlines()[-1]
    assert "Traceback" not in result.stderr


def test_a_missing_file_and_an_unknown_camera_are_said(tmp_path: Path) -> None:
    missing = pycam_replay(str(tmp_path / "gone.mp4"))
    assert missing.returncode == 1
    assert "gone.mp4 does not exist" in missing.stderr
    nobody = pycam_replay(str(tmp_path / "gone.mp4"), "--camera", "attic")
    assert nobody.returncode == 2
    assert "'attic'" in nobody.stderr
