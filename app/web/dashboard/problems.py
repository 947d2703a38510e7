"""What cannot be shown or done: a page in plain words for a browser, one line of text for everything else."""

from __future__ import annotations

import logging

from flask import Flask, Response, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from app.store.files import DiskFull

log = logging.getLogger(__name__)

_SAID = {
    400: ("That cannot be", "The page may be out of date: go back, load it again, and try once more."),
    401: ("Please sign in first", "The sign-in has ended, so this was not done."),
    404: ("There is no such page", "What was here may have been deleted, or removed to make room."),
    405: ("There is no such page", "What was here may have been deleted, or removed to make room."),
    413: ("That is too much", "No form of these pages is so large."),
    416: ("There is no such part", "The file is shorter than that."),
}
_FAILED = ("Something went wrong", "This was not done; the log of pycam's dashboard says why.")
_DISK = ("The disk takes nothing", "It is full or cannot be written, so this was not done.")


def answer_problems(app: Flask) -> None:
    """For every error that no view has answered itself."""

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> ResponseReturnValue:
        answer = _answer(*_SAID.get(error.code or 500, _FAILED), error.code or 500)
        for name, value in error.get_headers():
            if name in ("Content-Range", "Allow", "Retry-After"):
                answer.headers[name] = value
        return answer

    @app.errorhandler(DiskFull)
    def disk(error: DiskFull) -> ResponseReturnValue:
        log.error("%s was not carried out: %s", request.path, error)
        return _answer(*_DISK, 507)

    @app.errorhandler(Exception)
    def failed(error: Exception) -> ResponseReturnValue:
        log.error("%s %s failed", request.method, request.path, exc_info=error)
        return _answer(*_FAILED, 500)


def _answer(title: str, text: str, status: int) -> Response:
    if "text/html" in request.headers.get("Accept", ""):
        return Response(render_template("problem.html", title=title, text=text), status)
    return Response(f"{title}. {text}\n", status, mimetype="text/plain")
