"""The dashboard as its owner uses it, in Debian's Chromium, with the whole appliance behind it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from app.demo.world import DASHBOARD_PASSWORD
from tests.scenarios.browsing import Demo, screenshot

if TYPE_CHECKING:
    from playwright import sync_api

DESKTOP, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}

JPEG = cv2.imencode(".jpg", np.zeros((8, 8, 3), np.uint8))[1].tobytes()
ONE_PICTURE = b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n--frame\r\n" % (
    len(JPEG),
    JPEG,
)
"""Of a live view, and then no more."""

PLAYED_TO_THE_END = """video => new Promise((done, failed) => {
    video.addEventListener("ended", () => done(video.currentTime));
    video.addEventListener("error", () => failed(video.error.message));
    video.muted = true;
    video.playbackRate = 8;
    video.play().catch(failed);
})"""


def open_(
    demo: Demo, browser: sync_api.Browser, size: dict[str, int], complaints: list[str]
) -> sync_api.Page:
    """A browser that has signed in."""
    page = browser.new_page(viewport=size)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda said: complaints.append(said.text) if "Content Security Policy" in said.text else None,
    )
    page.goto(demo.dashboard)
    page.get_by_label("Password").fill(DASHBOARD_PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Events").wait_for()
    return page


def answer(route: sync_api.Route, *, status: int, body: bytes) -> None:
    route.fulfill(status=status, body=body)


def fits(page: sync_api.Page) -> bool:
    """Nothing sticks out sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@pytest.mark.timeout(240)
def test_an_owner_signs_in_arms_sees_an_event_appear_plays_its_clip_tags_it_and_draws_a_mask(
    demo: Demo, browser: sync_api.Browser
) -> None:
    complaints: list[str] = []
    page = open_(demo, browser, DESKTOP, complaints)
    events = open_(demo, browser, DESKTOP, complaints)  # stays open, and is never loaded again
    events.get_by_text("Nothing has happened yet").wait_for()

    page.get_by_role("link", name="Live").click()
    live = page.locator(".live img")
    page.wait_for_function("image => image.naturalWidth > 300", arg=live.element_handle(), timeout=20_000)
    page.get_by_role("button", name="Arm", exact=True).click()
    page.get_by_text("is armed by the dashboard").wait_for()

    card = events.locator("a.event").first
    card.wait_for(timeout=60_000)
    picture = card.locator("img")
    events.wait_for_function(
        "image => image.naturalWidth > 300", arg=picture.element_handle(), timeout=20_000
    )

    card.click()
    video = events.locator("video")
    video.wait_for(timeout=90_000)  # the page follows the event until its clip is there
    assert video.evaluate(PLAYED_TO_THE_END) > 5
    events.get_by_role("button", name="Occupied", exact=True).click()
    events.get_by_text("occupied, by the dashboard").wait_for()
    assert fits(events)
    loaded = "video => video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA"
    events.wait_for_function(loaded, arg=events.locator("video").element_handle(), timeout=20_000)
    screenshot(events, "dashboard-event")

    page.get_by_role("link", name="Settings").click()
    canvas = page.locator(".mask svg")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    for x, y in ((0.05, 0.05), (0.3, 0.05), (0.3, 0.3)):
        canvas.click(position={"x": x * box["width"], "y": y * box["height"]})
    page.get_by_role("button", name="Close the shape").click()
    screenshot(page, "dashboard-mask", of=page.locator(".mask"))
    page.locator(".mask").get_by_role("button", name="Save").click()
    page.get_by_text("Kept.").wait_for()
    drawn = page.locator(".mask polygon.own").get_attribute("points")
    assert drawn is not None
    corners = [float(value) for corner in drawn.split() for value in corner.split(",")]
    assert corners == pytest.approx([0.05, 0.05, 0.3, 0.05, 0.3, 0.3], abs=0.02)
    assert complaints == []


@pytest.mark.timeout(240)
def test_on_a_phone_everything_fits_and_a_live_view_ends_with_the_sign_in(
    demo: Demo, browser: sync_api.Browser
) -> None:
    complaints: list[str] = []
    page = open_(demo, browser, PHONE, complaints)
    page.get_by_role("link", name="Live").click()
    live = page.locator(".live img")
    page.wait_for_function("image => image.naturalWidth > 300", arg=live.element_handle(), timeout=20_000)
    page.get_by_role("button", name="Arm", exact=True).click()
    page.get_by_text("is armed by the dashboard").wait_for()
    page.get_by_role("button", name="Disarm").wait_for()  # in place of Arm, with the picture left as it was
    page.get_by_role("button", name="Left").focus()
    page.keyboard.press("Enter")
    page.get_by_text("pan -10°, tilt 0°", exact=True).wait_for()
    focused = "document.activeElement.getAttribute('aria-label')"
    assert page.evaluate(focused) == "Left"  # whoever has no mouse can go on
    assert fits(page)
    screenshot(page, "dashboard-live-phone")
    for name in ("System", "Settings", "Events"):
        page.get_by_role("link", name=name).click()
        page.get_by_role("heading", name=name, exact=True).wait_for()
        assert fits(page), name
    page.locator("a.event").first.wait_for(timeout=60_000)
    screenshot(page, "dashboard-events-phone")

    page.get_by_role("link", name="Live").click()
    for status, body, why in (
        (200, ONE_PICTURE, "the camera gives no pictures"),
        (503, b"the camera process is not running", "the camera process is not running"),
    ):
        live.wait_for()
        page.wait_for_function("document.querySelector('.live img').naturalWidth > 0", timeout=20_000)
        page.route("**/live/*.mjpeg", partial(answer, status=status, body=body))
        page.reload()
        page.get_by_text(why).wait_for()
        assert not live.is_visible()  # an old picture is no live one
        page.unroute("**/live/*.mjpeg")

    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("Password").wait_for()
    page.goto(f"{demo.dashboard}/live")
    page.get_by_label("Password").wait_for()
    assert complaints == []
