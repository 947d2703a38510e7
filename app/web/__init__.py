"""process: what comes in from Slack over HTTP. `gunicorn -c gunicorn.conf` serves create_app().

edge.py       the order of the steps from a request to its answer
steps.py      one step a function
serving.py    what gunicorn is told to do around it
stalled.py    who stops in the middle is hung up on
refusals.py   what is refused: a status, one log line, nothing else
heartbeat.py  says that this process lives
dashboard/    another process, and another port: the page of the appliance's own
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from flask import Flask

from app.commands.context import open_context
from app.commands.dispatch import Dispatcher
from app.settings import Settings, SettingsError, load_settings
from app.slack.signature import Signatures
from app.state.connection import Client, connect
from app.web.edge import Edge
from app.web.refusals import answer_refusals


def create_app(
    settings: Settings | None = None,
    *,
    client: Client | None = None,
    now: Callable[[], float] = time.time,
) -> Flask:
    """The Flask application. Raises SettingsError; does not need Redis to be there yet."""
    settings = settings or load_settings()
    secret = signing_secret(settings)
    client = client or connect(settings.secrets.redis_url)
    context = open_context(settings, "web", client, now)
    # One thread: /top is the only slow command, and ten of them at once help nobody.
    background = ThreadPoolExecutor(1, thread_name_prefix="later")
    app = Flask(__name__, static_folder=None)
    app.config["REDIS"], app.config["SETTINGS"] = client, settings
    app.register_blueprint(
        Edge(Signatures(secret, now), Dispatcher(client, context, background), now).blueprint
    )
    answer_refusals(app)
    return app


def signing_secret(settings: Settings) -> str:
    """The secret Slack signs with. Raises SettingsError if there is none."""
    secret = settings.secrets.slack_signing_secret.get_secret_value()
    if not secret.strip():
        raise SettingsError("SLACK_SIGNING_SECRET is not set: without it no request can be trusted")
    return secret
