"""The demo in Debian's Chromium, as the browser scenarios need it."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from PIL import Image

from app.demo.redis_server import find_redis_server
from tests.scenarios.appliance import eventually

if TYPE_CHECKING:
    from playwright import sync_api

ROOT = Path(__file__).parent.parent.parent
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SCREENSHOTS = os.environ.get("PYCAM_SCREENSHOTS")
"""A folder: the pictures of docs/ are made by these tests (`make pictures`)."""


class Demo(NamedTuple):
    """Where its pages are."""

    workspace: str
    dashboard: str


@pytest.fixture
def demo(tmp_path: Path, shared_path: Callable[[str], Path]) -> Iterator[Demo]:
    """`pycam demo` with a person model; skipped without one, or without a Redis."""
    if find_redis_server() is None:
        pytest.skip("no redis-server here")
    pytest.importorskip("skimage", reason="without scikit-image the demo's visitor is nobody")
    model = shared_path("models/yolox_nano_person_416x320.onnx")
    out = tmp_path / "out"
    environment = {k: v for k, v in os.environ.items() if k not in {"REDIS_URL", "SOURCE"}}
    with out.open("wb") as story:
        process = subprocess.Popen(
            [sys.executable, "-m", "app", "demo"],
            cwd=ROOT,
            env={**environment, "MODEL": str(model)},
            stdout=story,
            stderr=story,
        )
    try:
        eventually(lambda: "its password is" in out.read_text(), "the addresses", 60)
        [workspace] = re.findall(r"Open (http://127\.0\.0\.1:\d+/)", out.read_text())
        [dashboard] = re.findall(r"Dashboard: (http://127\.0\.0\.1:\d+)", out.read_text())
        yield Demo(workspace, dashboard)
    finally:
        process.terminate()
        process.wait(30)
        print(out.read_text())


@pytest.fixture
def browser() -> Iterator[sync_api.Browser]:
    """Skipped where there is none."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    with api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-background-networking", "--disable-sync"],
        )
        yield chromium
        chromium.close()


def screenshot(page: sync_api.Page, name: str, of: sync_api.Locator | None = None) -> None:
    """For docs/: the page, with `of` in full sight."""
    if not SCREENSHOTS:
        return
    page.mouse.move(600, 20)  # hovering over nothing
    if of is not None:
        of.evaluate("e => { e.style.scrollMarginBottom = '12px'; e.scrollIntoView({block: 'end'}); }")
    page.wait_for_timeout(400)  # for the eye only: let transitions end
    png = Image.open(io.BytesIO(page.screenshot()))
    path = Path(SCREENSHOTS) / f"{name}.png"
    png.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
