"""The notifier process: settings -> a running Notifier that says how it is."""

from __future__ import annotations

import fcntl
import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.history.mirror import Mirror
from app.notifier.courier import Courier
from app.notifier.desk import Desk
from app.notifier.herald import Herald
from app.notifier.housekeeper import Housekeeper
from app.notifier.lanes import ALERTS
from app.notifier.ledger import Ledger
from app.notifier.loop import Notifier
from app.notifier.messenger import Messenger
from app.notifier.told import Told
from app.notifier.uptime import UptimeCount
from app.notifier.watchman import Watchman
from app.notifier.weekly import Weekly
from app.settings import Settings
from app.settings.called_for import called_for
from app.shutdown import Shutdown
from app.slack.client import SlackClient
from app.state.connection import StateUnavailable, connect
from app.state.facts import HEARTBEAT_SECONDS, OutboxFact
from app.state.heartbeat import Pulse
from app.state.wake import WakeListener
from app.state.wishes import Wishes, read_wishes
from app.store.events import EventStore
from app.store.files import DiskFull
from app.store.outbox import Item, Outbox
from app.store.uptime import Uptime

log = logging.getLogger(__name__)


class _CannotStart(Exception):
    """Carries the sentence for the log and the exit code (sysexits.h)."""

    def __init__(self, why: str, code: int) -> None:
        super().__init__(why)
        self.code = code


def run(settings: Settings, shutdown: Shutdown) -> int:
    """Empty the outbox until the end is asked for; the exit code."""
    try:
        _check(settings)
        with _alone(settings.storage.data / "outbox"):
            _serve(settings, shutdown)
    except _CannotStart as error:
        log.error("the notifier cannot start: %s", error)
        return error.code
    return os.EX_OK


def _serve(settings: Settings, shutdown: Shutdown) -> None:
    try:
        outbox = Outbox(settings.storage.data / "outbox")
    except (DiskFull, OSError) as error:
        raise _CannotStart(f"the outbox cannot be opened: {error}", os.EX_CANTCREAT) from error
    outbox.keep_reserve()
    ledger = Ledger(outbox)
    slack = SlackClient(
        settings.secrets.slack_bot_token.get_secret_value(),
        base_url=settings.secrets.slack_api_url,
        timeout_seconds=settings.notifier.timeout_seconds,
    )
    events = EventStore(settings.storage.data / "events")
    client = connect(settings.secrets.redis_url)
    kept = settings.storage.data / "notifier"

    def look() -> None:
        notifier.look()

    def wishes() -> Wishes | None:
        try:
            return read_wishes(client)
        except StateUnavailable:
            return None

    def is_ending() -> bool:
        return shutdown.requested

    messengers = [
        Messenger(number, target, settings.secrets.words(), is_ending=is_ending)
        for number, target in enumerate(settings.secrets.notify, start=1)
    ]
    by_key = {messenger.key: messenger for messenger in messengers}
    herald = Herald(outbox, events, messengers, Told(kept / "told.json"), look=look)
    desk = Desk(slack, ledger, events, settings, time.time, is_ending, by_key, wishes)
    notifier = Notifier(ledger, Courier(desk, outbox), hear=herald.hear)
    herald.start(shutdown)
    WakeListener(client, "outbox", look, shutdown).start()
    # A thread of its own: a Redis that does not answer must not hold up an alert.
    pulse = Pulse(client, "notifier")
    threading.Thread(
        target=_beat, args=(pulse, notifier, outbox, shutdown), name="pulse", daemon=True
    ).start()
    expected = list(called_for(settings))
    Watchman(client, outbox, expected, kept / "troubles.json").start(shutdown)
    mirror = Mirror(events, client)
    Housekeeper(events, outbox, settings.storage, kept / "keep-days-told", removed=mirror.refresh).start(
        shutdown
    )
    uptime = UptimeCount(client, [camera.name for camera in settings.cameras], Uptime(settings.storage.data))
    uptime.start(shutdown)
    weekly = Weekly(settings.digest, kept / "digest.json")
    weekly.start(shutdown)
    log.info("sending to %s, channel %s", settings.secrets.slack_api_url, settings.slack.alerts_channel)
    try:
        notifier.run(shutdown)
    finally:
        notifier.close()
        weekly.close()
        uptime.close()
    pulse.goodbye()


def _check(settings: Settings) -> None:
    if not settings.secrets.slack_bot_token.get_secret_value():
        raise _CannotStart("SLACK_BOT_TOKEN is not set (private.yml or the environment)", os.EX_CONFIG)
    if not settings.slack.alerts_channel:
        raise _CannotStart("slack.alerts_channel is empty: where shall alerts go? (C…)", os.EX_CONFIG)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Two notifiers on one outbox would say everything twice. The lock goes with the process, however it ends."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "notifier.lock").open("w")
    except OSError as error:
        raise _CannotStart(f"the outbox cannot be opened: {error}", os.EX_CANTCREAT) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise _CannotStart(f"another one is already emptying {folder}", os.EX_TEMPFAIL) from None
        yield


def _beat(pulse: Pulse, notifier: Notifier, outbox: Outbox, shutdown: Shutdown) -> None:
    """Say that the notifier lives, as long as its loop does."""
    while not shutdown.requested:
        if not notifier.is_stuck:
            fact = outbox_fact(notifier.waiting(), outbox.count_set_aside(), time.time())
            pulse.beat({"outbox": fact}, problem=fact.problem, at_once=True)
        shutdown.wait(HEARTBEAT_SECONDS)


def outbox_fact(waiting: list[Item], set_aside: int, now: float) -> OutboxFact:
    """What /pi_status says of the outbox; the trouble of an alert before that of anything else. What is to be told
    besides Slack, and only later, waits as it should."""
    waiting = [item for item in waiting if item.kind != "notify" or item.reason]
    troubled = sorted((item for item in waiting if item.reason), key=lambda item: item.lane != ALERTS)
    return OutboxFact(
        at=now,
        waiting=len(waiting),
        set_aside=set_aside,
        oldest_at=min((item.created for item in waiting), default=None),
        problem=troubled[0].reason if troubled else "",
    )
