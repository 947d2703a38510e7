"""The command line of `pycam digest`, and what the notifier starts once a week."""

from __future__ import annotations

import argparse
import json
import sys
import time
from datetime import datetime

from app.learning.digest import count, room, running, seen_between, share_of, trend
from app.learning.digest_gains import learning_gain, tuning_gain
from app.learning.lowly import step_back
from app.logs import set_up_logs
from app.settings import Settings, load_settings
from app.slack.digest_facts import DAY_SECONDS, Digest
from app.slack.digest_messages import text
from app.slack.plain import as_plain
from app.store.events import EventStore
from app.store.files import DiskFull, free_mb
from app.store.outbox import Outbox
from app.store.samples import SampleStore
from app.store.uptime import Uptime

MOST_DAYS = 366


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `pycam digest`."""
    parser.add_argument("--post", action="store_true", help="send it to the alerts channel, too")
    parser.add_argument("--days", type=_days, default=7, metavar="N", help="so many until now (%(default)s)")
    parser.add_argument("--json", action="store_true", help="for programs")


def run(options: argparse.Namespace) -> int:
    """Say what the week was like. 0; or 1 if it cannot be read, or not be sent."""
    settings = load_settings()
    set_up_logs("digest", "WARNING", settings.secrets.words())
    step_back()
    now = time.time()
    try:
        digest = digest_of(settings, now - options.days * DAY_SECONDS, now)
        said = text(digest)
        if options.post:
            outbox = Outbox(settings.storage.data / "outbox")
            outbox.put("post", {"channel": None, "text": said}, lane="alerts", once="digest")
    except (DiskFull, OSError) as error:
        print(f"pycam digest: {error}", file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps({"text": said, **_plain(digest)}, indent=1))
    else:
        print(as_plain(said, lambda moment: datetime.fromtimestamp(moment).strftime("%Y-%m-%d")))
    return 0


def digest_of(settings: Settings, since: float, until: float) -> Digest:
    """All of it, from `since` to `until` (now), seconds since the epoch. Raises OSError."""
    data = settings.storage.data
    events, uptime = EventStore(data / "events"), Uptime(data)
    seen = seen_between(events, since, until)
    share, before = share_of(seen), share_of(seen_between(events, 2 * since - until, since))
    # Nothing that was tagged this week, nothing new to say of tuning.
    samples = list(SampleStore(data / "samples", max_mb=settings.training.max_mb).all()) if seen else []
    return Digest(
        since=since,
        until=until,
        counts=count(seen),
        share=share,
        before=before,
        trend=trend(share, before),
        tuning=tuning_gain(settings, samples) if seen else None,
        learning=learning_gain(settings, samples, until) if seen else None,
        running=running(
            uptime.read(),
            [camera.name for camera in settings.cameras],
            since,
            uptime.as_of(until),
            time.clock_gettime(time.CLOCK_BOOTTIME),
        ),
        room=room(events, seen, since, until, free=free_mb(data) * 1e6, storage=settings.storage),
    )


def _days(word: str) -> int:
    days = int(word)
    if not 1 <= days <= MOST_DAYS:
        raise argparse.ArgumentTypeError(f"1 to {MOST_DAYS}")
    return days


def _plain(value: object) -> dict[str, object]:
    """Named tuples, all the way down, as mappings."""

    def plain(one: object) -> object:
        if hasattr(one, "_asdict"):
            return {name: plain(part) for name, part in one._asdict().items()}
        return [plain(part) for part in one] if isinstance(one, tuple) else one

    said = plain(value)
    assert isinstance(said, dict)  # noqa: S101 — a Digest is one
    return said
