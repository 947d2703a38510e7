"""An event's picture and clip as files: with ranges, so that a player can jump, and to be saved; all of it as a zip."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from flask import Blueprint, Response, abort, request, send_file

from app.store.export import About, ExportError, zip_chunks
from app.web.dashboard.parts import parts

log = logging.getLogger(__name__)

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


@pages.get("/events/<event_id>/export.zip")
def export(event_id: str) -> Response:
    """All of it with a manifest of hashes, as `pycam events export` has it; made while it is sent. 404 if it cannot."""
    with_ = parts()
    try:
        chunks = zip_chunks(with_.context.events, [event_id], About(with_.now(), version("pycam")))
        first = next(chunks)
    except ExportError as error:
        log.warning("%s was not exported: %s", request.path, error)
        abort(404)
    response = Response(_all(first, chunks), mimetype="application/zip")
    response.headers.set("Content-Disposition", "attachment", filename=f"{event_id}.zip")
    return response


def _all(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    """What fails on the way breaks the connection off, and the browser says that the download failed."""
    yield first
    yield from rest


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
