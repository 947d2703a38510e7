"""process: the appliance's own page, for phone and desktop. `pycam dashboard` serves create_app() on a port of its own.

parts.py      what the pages work with
settings.py, settings_forms.py   what may be set without a shell
signin.py     the password, the session, the throttle: nothing but these three and /health is shown without it
events.py, listing.py, files.py   what happened: the list, each event, its picture and clip
control.py    arm, disarm, mute, presence, aim; how everything is
live.py, live_feed.py   the picture of now
headers.py    what every answer tells the browser to refuse
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from flask import Flask, Response
from flask_wtf import CSRFProtect

from app.commands.context import open_context
from app.commands.dispatch import Dispatcher
from app.settings import Settings, load_settings
from app.state.connection import Client, connect
from app.store.password import PasswordFile
from app.web.dashboard import control, events, files
from app.web.dashboard.headers import harden
from app.web.dashboard.live import live_pages
from app.web.dashboard.live_feed import LiveFeeds
from app.web.dashboard.parts import PARTS, Parts
from app.web.dashboard.problems import answer_problems
from app.web.dashboard.settings import settings_pages
from app.web.dashboard.signin import guard
from app.web.dashboard.words import speak

PAGES = (("/", "Events"), ("/live", "Live"), ("/system", "System"), ("/settings", "Settings"))
"""Where the bar at the top leads."""

MAX_FORM_BYTES = 64 * 1024
"""The largest form is a mask of some hundred points."""


def create_app(
    settings: Settings | None = None,
    *,
    client: Client | None = None,
    now: Callable[[], float] = time.time,
) -> Flask:
    """The Flask application. Raises SettingsError, DiskFull or OSError; does not need Redis to be there yet."""
    settings = settings or load_settings()
    client = client or connect(settings.secrets.redis_url)
    passwords = PasswordFile(settings.storage.data)
    context = open_context(settings, "dashboard", client, now)
    background = ThreadPoolExecutor(1, thread_name_prefix="later")
    parts = Parts(settings, client, context, Dispatcher(client, context, background), passwords, now)

    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=passwords.signing_key(),
        SESSION_COOKIE_NAME="pycam",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",  # Strict would ask for the password at every link in Slack
        # Renewed with each answer, one that was under way at the sign-out would bring the session back.
        SESSION_REFRESH_EACH_REQUEST=False,
        SESSION_COOKIE_SECURE=settings.dashboard.public_url.startswith("https://"),
        PERMANENT_SESSION_LIFETIME=timedelta(hours=settings.dashboard.session_hours),
        MAX_CONTENT_LENGTH=MAX_FORM_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_FORM_BYTES,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a page may stay open for days
        REDIS=client,
    )
    app.extensions[PARTS] = parts
    CSRFProtect(app)
    harden(app)
    guard(app, parts)
    speak(app)
    answer_problems(app)
    app.register_blueprint(events.pages)
    app.register_blueprint(files.pages)
    app.register_blueprint(control.pages)
    feeds = LiveFeeds(settings.storage.data, settings.dashboard.live_viewers)
    app.register_blueprint(live_pages(feeds))
    app.register_blueprint(settings_pages(feeds))
    app.context_processor(lambda: {"pages": PAGES})
    app.add_url_rule("/health", "health", lambda: Response("ok\n", mimetype="text/plain"))
    return app
