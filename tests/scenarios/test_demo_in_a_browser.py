"""The demo as a newcomer sees it: open the page, arm, see the visitor, say who it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.scenarios.browsing import Demo, screenshot

if TYPE_CHECKING:
    from playwright import sync_api
else:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytest.importorskip("skimage", reason="without scikit-image the demo's visitor is nobody")


def say(page: sync_api.Page, text: str) -> None:
    page.get_by_role("combobox").fill(text)
    page.keyboard.press("Escape")  # the menu of commands
    page.get_by_role("button", name="Send", exact=True).click()


@pytest.mark.timeout(180)
def test_a_newcomer_arms_sees_the_visitor_and_says_who_it_was(demo: Demo, browser: sync_api.Browser) -> None:
    desk = browser.new_page(viewport={"width": 1280, "height": 800})
    complaints: list[str] = []
    desk.on("pageerror", lambda error: complaints.append(str(error)))
    desk.goto(demo.workspace)
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
    phone.goto(demo.workspace)
    shown = phone.locator("#messages > li").filter(has=phone.get_by_role("button", name="Disarm")).first
    shown.locator("img[src*='/files/']").wait_for()
    screenshot(phone, "demo-phone", of=shown)
    say(desk, "/pi_status")
    desk.get_by_text("yolox_nano_person").last.wait_for(timeout=10_000)
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out sideways"
    assert complaints == []


@pytest.mark.timeout(180)
def test_the_last_phone_leaves_and_it_arms_and_the_first_one_back_disarms(
    demo: Demo, browser: sync_api.Browser
) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(demo.workspace)
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


@pytest.mark.timeout(180)
def test_the_home_tab_arms_and_its_dialog_says_what_is_wrong(demo: Demo, browser: sync_api.Browser) -> None:
    desk = browser.new_page(viewport={"width": 1280, "height": 800})
    complaints: list[str] = []
    desk.on("pageerror", lambda error: complaints.append(str(error)))
    desk.goto(demo.workspace)
    desk.get_by_role("button", name="pycam", exact=True).click()
    home = desk.locator("#home")
    home.get_by_text("How it is").wait_for(timeout=10_000)
    home.get_by_role("button", name="Arm", exact=True).click()
    home.get_by_text("is armed by").wait_for(timeout=10_000)
    home.get_by_role("button", name="Disarm", exact=True).wait_for()

    home.get_by_role("button", name="Settings…").click()
    dialog = desk.get_by_role("dialog")
    cooldown = dialog.get_by_label("Seconds between two alerts")
    cooldown.wait_for(timeout=10_000)
    cooldown.fill("99999")
    dialog.get_by_role("button", name="Save").click()
    dialog.get_by_text("must be 3600 or less").wait_for(timeout=10_000)
    cooldown.fill("soon")
    dialog.get_by_role("button", name="Save").click()
    dialog.get_by_text("is no number").wait_for(timeout=10_000)
    cooldown.fill("7")
    dialog.get_by_role("button", name="Save").click()
    dialog.wait_for(state="hidden", timeout=10_000)

    desk.get_by_role("button", name="# pycam").click()
    desk.get_by_text("The settings were changed by").wait_for(timeout=10_000)
    assert home.is_hidden()
    assert complaints == []
