"""The socket process: settings -> a running Link that says how it is."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from app.commands.context import open_context
from app.commands.dispatch import Dispatcher
from app.commands.request import Context
from app.settings import Settings
from app.shutdown import Shutdown
from app.slack.socket_mode import SocketMode
from app.socket.link import Link
from app.socket.receiver import Receiver
from app.state.connection import Client, StateUnavailable, connect
from app.state.heartbeat import Pulse
from app.state.wake import wake
from app.store.files import DiskFull

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.25
"""How often the connection is looked at: nobody notices a quarter of a second before a reconnect."""

FINISH_SECONDS = 3.0
"""Slack waits no longer for the acknowledgement of what is in hand at the end."""

STUCK_SECONDS = 30.0
"""Redis is given up after one second; nothing a command does takes longer, but on a disk that hangs."""

NOTHING_SET = (
    "SLACK_APP_TOKEN is not set: make an app-level token (xapp-…) with the scope connections:write under "
    "Basic Information, App-Level Tokens, and put it into private.yml or the environment"
)
WRONG_KIND = (
    "SLACK_APP_TOKEN holds a token of another kind: Socket Mode needs the app-level one (xapp-…) from "
    "Basic Information, App-Level Tokens; the bot's (xoxb-…) belongs into SLACK_BOT_TOKEN"
)


def run(settings: Settings, shutdown: Shutdown) -> int:
    """Answer commands and buttons until the end is asked for; the exit code (sysexits.h)."""
    token = settings.secrets.slack_app_token.get_secret_value().strip()
    if not token or token.startswith("xox"):
        log.error("the socket process cannot start: %s", WRONG_KIND if token else NOTHING_SET)
        return os.EX_CONFIG
    client = connect(settings.secrets.redis_url)
    try:
        context = open_context(settings, "socket", client)
    except (DiskFull, OSError) as error:
        log.error("the socket process cannot use %s: %s", settings.storage.data, error)
        return os.EX_CANTCREAT
    background = ThreadPoolExecutor(1, thread_name_prefix="later")
    in_order = ThreadPoolExecutor(1, thread_name_prefix="envelopes")
    receiver = Receiver(Dispatcher(client, context, background), in_order, _by_outbox(context, client))
    slack = SocketMode(token, base_url=settings.secrets.slack_api_url)
    pulse = Pulse(client, "socket")
    link = Link(lambda: slack.open(receiver.take), time.monotonic)
    log.info("asking %s for a connection", settings.secrets.slack_api_url)
    try:
        _serve(link, receiver, pulse, shutdown)
    finally:
        # What is in hand is finished while its connection can still acknowledge it.
        if not receiver.wait(FINISH_SECONDS):
            log.warning("something is still in hand and will not be acknowledged")
        link.close()
        in_order.shutdown()
        background.shutdown()
    pulse.goodbye()
    return os.EX_OK


def _serve(link: Link, receiver: Receiver, pulse: Pulse, shutdown: Shutdown) -> None:
    told: str | None = None
    while not shutdown.requested:
        link.step()
        stuck = receiver.busy_seconds() > STUCK_SECONDS
        problem = "a command does not come to its end" if stuck else link.problem
        # Slack out of reach is nothing a restart would mend; a command that hangs is.
        pulse.beat(problem=problem, at_once=problem != told, progress=not stuck)
        told = problem
        shutdown.wait(LOOK_SECONDS)


def _by_outbox(context: Context, client: Client) -> Callable[[str, str], None]:
    """The notifier carries the answer to the response_url, and tries until it is taken."""

    def answer(response_url: str, text: str) -> None:
        payload = {"response_url": response_url, "text": text, "replace_original": False}
        context.outbox.put("reply", payload, lane=f"reply-{context.new_id()}")
        try:
            wake(client, "outbox")
        except StateUnavailable:
            log.debug("the notifier was not woken; it looks by itself")

    return answer
