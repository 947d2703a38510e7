"""The uploader process: settings -> a running Uploader that says how it is."""

from __future__ import annotations

import fcntl
import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.settings import Settings
from app.shutdown import Shutdown
from app.state.connection import connect
from app.state.facts import HEARTBEAT_SECONDS
from app.state.heartbeat import Pulse
from app.state.wake import WakeListener
from app.store.bucket import Bucket
from app.store.events import EventRecord, EventStore
from app.store.outbox import Outbox
from app.store.tagged import TaggedSamples
from app.uploader.clips import ClipUploads
from app.uploader.desk import Desk
from app.uploader.loop import Uploader

log = logging.getLogger(__name__)


def run(settings: Settings, shutdown: Shutdown) -> int:
    """Upload until the end is asked for; the exit code (sysexits.h)."""
    if not settings.uploader.enabled:
        log.error("uploads are off: set uploader.enabled and uploader.bucket (config.yml, docs/uploads.md)")
        return os.EX_CONFIG
    folder = settings.storage.data / "samples"
    try:
        with _alone(folder):
            _serve(settings, shutdown, folder)
    except BlockingIOError:
        log.error("another uploader already takes samples from %s", folder)
        return os.EX_TEMPFAIL
    except OSError as error:
        log.error("the uploader cannot use %s: %s", folder, error)
        return os.EX_CANTCREAT
    return os.EX_OK


def _serve(settings: Settings, shutdown: Shutdown, folder: Path) -> None:
    uploader = Uploader(TaggedSamples(folder), lambda: Bucket.of(settings.uploader), settings.uploader)
    client = connect(settings.secrets.redis_url)
    outbox = Outbox(settings.storage.data / "outbox")
    desk = Desk(uploader, client, outbox)
    clips = _clips(settings, outbox) if settings.uploader.clips else None
    if clips is not None:
        threading.Thread(target=clips.run, args=(shutdown,), name="clips", daemon=True).start()
    WakeListener(client, "wishes", desk.look, shutdown).start()
    # A thread of its own: a slow uplink must not look like a dead uploader.
    pulse = Pulse(client, "uploader")
    beating = threading.Thread(
        target=_beat, args=(pulse, uploader, clips, desk, shutdown), name="pulse", daemon=True
    )
    beating.start()
    log.info("uploading to s3://%s/%s", settings.uploader.bucket, settings.uploader.samples_prefix)
    uploader.run(shutdown, desk.begin)
    beating.join(HEARTBEAT_SECONDS)  # a beat after the goodbye would take it back
    pulse.goodbye()


def _clips(settings: Settings, outbox: Outbox) -> ClipUploads:
    """A link follows in the thread of an alert whose clip Slack does not have."""

    def tell(event: EventRecord, link: str, until: float) -> None:
        size = event.clip.bytes if event.clip is not None else 0
        if event.announced and size > settings.slack.clip_max_mb * 1_000_000:
            payload = {"event_id": event.id, "link": link, "until": until}
            outbox.put("clip", payload, lane="clips", once=f"link-{event.id}")

    events = EventStore(settings.storage.data / "events")
    return ClipUploads(events, lambda: Bucket.of(settings.uploader), settings.uploader, tell, now=time.time)


def _beat(
    pulse: Pulse, uploader: Uploader, clips: ClipUploads | None, desk: Desk, shutdown: Shutdown
) -> None:
    """Say that the uploader lives, as long as its loop gets on."""
    while not shutdown.requested:
        if not uploader.is_stuck:
            fact = desk.fact(time.time())
            pulse.beat(
                {"upload": fact} if fact else None,
                problem=uploader.problem or (clips.problem if clips else ""),
                at_once=True,
            )
        shutdown.wait(HEARTBEAT_SECONDS)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Two uploaders would send everything twice. The lock goes with the process, however it ends.

    Raises BlockingIOError if somebody has it, or OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "uploader.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
