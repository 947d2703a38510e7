"""The live view: /live/<camera>.mjpeg, the newest picture over and over, each of them whole."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

from flask import Blueprint, Response, abort, current_app, render_template, request, session
from flask.typing import ResponseReturnValue

from app.store.live_socket import LivePicture, NotLive
from app.web.dashboard.control import cameras, steps
from app.web.dashboard.live_feed import Full, LiveFeeds
from app.web.dashboard.parts import parts, snapshot
from app.web.dashboard.signin import is_signed_in

FIRST_SECONDS = 2.0
"""For the first picture; who comes new gets one at once, if the camera has any."""

WAIT_SECONDS = 0.5
"""For each further one. After it a stream looks whether the process is asked to end: it has three seconds for that."""

LOOK_SECONDS = 2.0
"""How often a stream looks whether the sign-in has ended."""

_BOUNDARY = "frame"


def live_pages(feeds: LiveFeeds) -> Blueprint:
    """The page and its streams."""
    pages = Blueprint("live", __name__)

    @pages.get("/live")
    def live() -> ResponseReturnValue:
        return render_template("live.html", cameras=cameras(snapshot(), parts()), steps=steps)

    @pages.get("/live/<camera>.mjpeg")
    def stream(camera: str) -> ResponseReturnValue:
        if camera not in parts().context.camera_names():
            abort(404)
        if request.method == "HEAD":
            return Response(mimetype=f"multipart/x-mixed-replace; boundary={_BOUNDARY}")
        stack = ExitStack()
        try:
            following = stack.enter_context(feeds.view(camera))
            first = following(FIRST_SECONDS)
        except Full:
            return _refused(f"{feeds.viewers} are looking already, and more are too much for this machine")
        except NotLive as error:
            stack.close()
            return _refused(str(error))
        if first is None:
            stack.close()
            return _refused("the camera gives no pictures")
        response = Response(
            _parts(first, following, _may_go_on()),
            mimetype=f"multipart/x-mixed-replace; boundary={_BOUNDARY}",
        )
        response.call_on_close(stack.close)
        return response

    return pages


def _refused(why: str) -> Response:
    return Response(f"{why}\n", 503, mimetype="text/plain", headers={"Retry-After": "5"})


def _may_go_on() -> Callable[[], bool]:
    """Asked outside of the request's own life, so what it needs is taken along."""
    kept, with_, worker = dict(session), parts(), current_app.config.get("WORKER")
    looked_at = time.monotonic()

    def may() -> bool:
        nonlocal looked_at
        if worker is not None and not worker.alive:
            return False
        if time.monotonic() - looked_at < LOOK_SECONDS:
            return True
        looked_at = time.monotonic()
        return is_signed_in(with_, kept)

    return may


def _parts(
    first: LivePicture, following: Callable[[float], LivePicture | None], may_go_on: Callable[[], bool]
) -> Iterator[bytes]:
    picture: LivePicture | None = first
    yield f"--{_BOUNDARY}\r\n".encode()
    while True:
        if picture is not None:
            yield _part(picture)
        try:
            picture = following(WAIT_SECONDS)
        except NotLive:
            return
        if not may_go_on():
            return


def _part(picture: LivePicture) -> bytes:
    """With the boundary behind it at once: a browser shows a picture when it meets the end of it."""
    head = f"Content-Type: image/jpeg\r\nContent-Length: {len(picture.jpeg)}\r\n\r\n"
    return head.encode() + picture.jpeg + f"\r\n--{_BOUNDARY}\r\n".encode()
