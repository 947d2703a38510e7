"""The demo as a newcomer sees it: open the page, arm, see the visitor, say who it was."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from app.demo.redis_server import find_redis_server
from tests.scenarios.appliance import eventually

ROOT = Path(__file__).parent.parent.parent
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SCREENSHOTS = os.environ.get("PYCAM_SCREENSHOTS")
"""A folder: the pictures of docs/ are made by this test (`make pictures`)."""

if TYPE_CHECKING:
    from playwright import sync_api
else:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytest.importorskip("skimage", reason="without scikit-image the demo's visitor is nobody")


@pytest.fixture
def demo_url(tmp_path: Path, shared_path: Callable[[str], Path]) -> Iterator[str]:
    if find_redis_server() is None:
        pytest.skip("no redis-server here")
    model = shared_path("models/yolox_nano_person_416x320.onnx")
    out = tmp_path / "out"
    environment = {k: v for k, v in os.environ.items() if k not in {"REDIS_URL", "SOURCE"}}
    with out.open("wb") as story:
        demo = subprocess.Popen(
            [sys.executable, "-m", "app", "demo"],
            cwd=ROOT,
            env={**environment, "MODEL": str(model)},
            stdout=story,
            stderr=story,
        )
    try:
        yield eventually(
            lambda: re.search(r"http://127\.0\.0\.1:\d+/", out.read_text()), "one URL", 60
        ).group()
    finally:
        demo.terminate()
        demo.wait(30)
        print(out.read_text())


@pytest.fixture
def browser() -> Iterator[sync_api.Browser]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-background-networking", "--disable-sync"],
        )
        yield chromium
        chromium.close()


def screenshot(page: sync_api.Page, name: str, of: sync_api.Locator) -> None:
    """For docs/: the page with `of` in full sight."""
    if SCREENSHOTS:
        page.mouse.move(600, 20)  # hovering over nothing
        of.evaluate("e => { e.style.scrollMarginBottom = '12px'; e.scrollIntoView({block: 'end'}); }")
        page.wait_for_timeout(400)  # for the eye only: let transitions end
        png = Image.open(io.BytesIO(page.screenshot()))
        path = Path(SCREENSHOTS) / f"{name}.png"
        png.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)


def say(page: sync_api.Page, text: str) -> None:
    page.get_by_role("combobox").fill(text)
    page.keyboard.press("Escape")  # the menu of commands
    page.get_by_role("button", name="Send", exact=True).click()


@pytest.mark.timeout(180)
def test_a_newcomer_arms_sees_the_visitor_and_says_who_it_was(
    demo_url: str, browser: sync_api.Browser
) -> None:
    desk = browser.new_page(viewport={"width": 1280, "height": 800})
    complaints: list[str] = []
    desk.on("pageerror", lambda error: complaints.append(str(error)))
    desk.goto(demo_url)
    say(desk, "/pycam_on")
    desk.get_by_text("is armed by").wait_for()

    alert = (
        desk.locator("#messages > li")
        .filter(has=desk.get_by_role("button", name="Occupied", exact=True))
        .first
    )
    alert.wait_for(timeout=40_000)
    picture = alert.locator("img[src*='/files/']")
    picture.wait_for(timeout=20_000)
    desk.wait_for_function(
        "image => image.complete && image.naturalWidth > 300", arg=picture.element_handle()
    )
    desk.locator("#panels").get_by_text("watching", exact=True).wait_for()

    alert.get_by_role("button", name="Occupied", exact=True).click()
    alert.get_by_text("tagged occupied by").wait_for(timeout=10_000)
    alert.get_by_text("lasted").wait_for(timeout=30_000)
    screenshot(desk, "demo-desktop", of=alert)

    phone = browser.new_page(viewport={"width": 390, "height": 844}, device_scale_factor=2)
    phone.goto(demo_url)
    shown = phone.locator("#messages > li").filter(has=phone.get_by_role("button", name="Disarm")).first
    shown.locator("img[src*='/files/']").wait_for()
    screenshot(phone, "demo-phone", of=shown)
    say(desk, "/pi_status")
    desk.get_by_text("yolox_nano_person").last.wait_for(timeout=10_000)
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out sideways"
    assert complaints == []


@pytest.mark.timeout(180)
def test_the_last_phone_leaves_and_it_arms_and_the_first_one_back_disarms(
    demo_url: str, browser: sync_api.Browser
) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(demo_url)
    house, messages = page.locator("#panels"), page.locator("#messages")
    say(page, "/auto_detect_on")
    house.get_by_text("not watching").wait_for()
    house.get_by_text("Robin's phone").click()
    house.get_by_text("Sam's phone").click()
    messages.get_by_role("button", name="Stay disarmed").wait_for(timeout=30_000)
    alert = messages.locator("li").filter(has=page.get_by_role("button", name="Occupied", exact=True)).first
    alert.wait_for(timeout=40_000)
    alert.locator("img[src*='/files/']").wait_for(timeout=20_000)
    house.get_by_text("Robin's phone").click()
    messages.get_by_text("Robin is home; disarmed").wait_for(timeout=20_000)
    say(page, "/pi_status")
    messages.get_by_text("front: disarmed, because somebody is home").wait_for(timeout=10_000)
