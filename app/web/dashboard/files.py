"""An event's picture and clip as files: with ranges, so that a player can jump, and to be saved."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, abort, request, send_file

from app.web.dashboard.parts import parts

pages = Blueprint("files", __name__)

_CACHED = "private, max-age=0, must-revalidate"
"""An alert's picture may give way to a better one: the browser asks, and mostly hears that nothing has changed."""


@pages.get("/events/<event_id>/alert.jpg")
def picture(event_id: str) -> Response:
    """Clean evidence, without boxes."""
    return _sent(event_id, "alert.jpg", "image/jpeg")


@pages.get("/events/<event_id>/clip.mp4")
def clip(event_id: str) -> Response:
    """The clip with its pre-roll."""
    return _sent(event_id, "clip.mp4", "video/mp4")


def _sent(event_id: str, name: str, mimetype: str) -> Response:
    """404 for what is not there; 416 for a range that it does not have."""
    path: Path | None = parts().context.events.file(event_id, name)
    if path is None:
        abort(404)
    try:
        response = send_file(
            path,
            mimetype,
            as_attachment="download" in request.args,
            download_name=f"{event_id}-{name}",
            conditional=True,
        )
    except FileNotFoundError:  # deleted just now
        abort(404)
    response.headers["Cache-Control"] = _CACHED
    return response
