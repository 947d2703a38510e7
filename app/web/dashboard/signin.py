"""Who may see the pages: the password, the session it opens, and how often it may be tried.

A session is a signed cookie with the time of the sign-in and the password's generation: a new password ends them all.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Request, Response, abort, redirect, render_template, request, session, url_for
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFError
from itsdangerous import BadSignature

from app.web.dashboard.parts import Parts
from app.web.dashboard.password import generation, is_right

log = logging.getLogger(__name__)

OPEN = frozenset({"health", "sign_in", "static"})
"""The views that are shown to anybody. Static files hold no picture of the house."""

WRONG_TRIES = "5 per minute; 30 per hour"
"""From one address. Right ones do not count."""

WRONG_TRIES_IN_ALL = "200 per day"
"""From everywhere: who has many addresses gets no further than some hundred tries. With a new password counting begins
anew: whom somebody else's tries keep out sets one."""


class Sessions(SecureCookieSessionInterface):
    """Flask's, but for the cookie's own age, which `is_signed_in` knows better: a clock that was set back would end
    all sessions."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        serializer = self.get_signing_serializer(app)
        cookie = request.cookies.get(self.get_cookie_name(app))
        if serializer is None or not cookie:
            return super().open_session(app, request)
        try:
            return self.session_class(serializer.loads(cookie))
        except BadSignature:
            return self.session_class()


def guard(app: Flask, parts: Parts) -> None:
    """Put `app` behind the password."""
    app.session_interface = Sessions()

    def counted_as(who: str) -> str:
        return f"{who} {generation(parts.passwords.read() or '')}"

    pool: dict[str, Any] = {"connection_pool": parts.client.connection_pool}  # our address, our time-outs
    limiter = Limiter(
        lambda: counted_as(get_remote_address()),
        app=app,
        storage_uri="redis://",
        storage_options=pool,
        key_prefix="pycam:tries",
        in_memory_fallback_enabled=True,  # Redis gone: counted here
        swallow_errors=False,
        headers_enabled=True,
    )

    @app.before_request
    def require_sign_in() -> ResponseReturnValue | None:
        if request.endpoint in OPEN or is_signed_in(parts, session):
            return None
        if request.method == "GET" and "text/html" in request.headers.get("Accept", ""):
            return redirect(url_for("sign_in", next=request.full_path.rstrip("?")))
        return abort(401)

    def wrong(response: Response) -> bool:
        return response.status_code == 403

    @app.route("/sign-in", methods=["GET", "POST"])
    @limiter.limit(WRONG_TRIES, methods=["POST"], deduct_when=wrong)
    @limiter.limit(
        WRONG_TRIES_IN_ALL, methods=["POST"], deduct_when=wrong, key_func=lambda: counted_as("all")
    )
    def sign_in() -> ResponseReturnValue:
        kept = parts.passwords.read()
        if request.method == "GET":
            if is_signed_in(parts, session):
                return redirect(_inside(request.args.get("next", "")))
            return render_template("sign_in.html", without_password=kept is None)
        if kept is None or not is_right(request.form.get("password", ""), kept):
            log.warning("a wrong password was given from %s", request.remote_addr)
            return render_template("sign_in.html", without_password=kept is None, wrong=True), 403
        session.clear()
        session.permanent = True
        session["generation"], session["since"] = generation(kept), parts.now()
        log.info("somebody signed in from %s", request.remote_addr)
        return redirect(_inside(request.args.get("next", "")))

    @app.post("/sign-out")
    def sign_out() -> ResponseReturnValue:
        session.clear()
        return redirect(url_for("sign_in"))

    @app.errorhandler(429)
    def too_often(_error: Exception) -> ResponseReturnValue:
        log.warning("too many passwords were tried from %s", request.remote_addr)
        limit = limiter.current_limit
        seconds = max(1.0, limit.reset_at - time.time()) if limit else 60.0
        return render_template("sign_in.html", without_password=False, wait_seconds=seconds), 429

    @app.errorhandler(CSRFError)
    def not_from_our_page(error: CSRFError) -> ResponseReturnValue:
        log.warning("refused %s from %s: %s", request.path, request.remote_addr, error.description)
        if request.endpoint == "sign_in":  # the page was left open over a restart, or cookies are off
            return render_template("sign_in.html", without_password=False, stale=True), 400
        return Response("This page is out of date: load it again.\n", 400, mimetype="text/plain")


def is_signed_in(parts: Parts, session: Mapping[str, Any]) -> bool:
    """Whether that session was opened with the password of now, and not too long ago."""
    since = session.get("since")
    kept = parts.passwords.read() if isinstance(since, float) else None
    if since is None or kept is None or session.get("generation") != generation(kept):
        return False
    # Not the cookie's own age: that begins anew when something in it changes, and is the browser's to keep.
    hours = (parts.now() - since) / 3600
    return -24 < hours < parts.settings.dashboard.session_hours


def _inside(target: str) -> str:
    """A path of ours to go on to; the first page for anything that leads elsewhere."""
    parts = urlsplit(target.replace("\\", "/"))
    if parts.scheme or parts.netloc or not target.startswith("/") or target.startswith("//"):
        return "/"
    return target
