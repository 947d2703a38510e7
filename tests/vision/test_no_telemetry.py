"""The engine tells nobody anything, and leaves no mark of this machine."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent

LOAD = """
from pathlib import Path
from app.vision.backends import onnx_engine
onnx_engine("onnxruntime", 1).load(Path(%r).read_bytes())
"""


def test_loading_a_model_writes_nothing_into_the_home_folder(
    tmp_path: Path, shared_path: Callable[[str], Path]
) -> None:
    pytest.importorskip("onnxruntime")
    model = shared_path("models/yolox_nano_person_256x192.onnx")
    environment = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    command = [sys.executable, "-c", LOAD % str(model)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == []
