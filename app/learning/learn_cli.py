"""The command line of `pycam learn`."""

from __future__ import annotations

import argparse
import json
import sys
import time

from app.learning.consent import agreed
from app.learning.learn import Learned, learn
from app.learning.learn_record import as_plain as record_as_plain
from app.learning.learn_record import as_text as record_as_text
from app.learning.learn_record import newest_model, quietened_since, record
from app.learning.learn_text import WEEK_SECONDS, as_plain, as_text, happened, in_force, in_force_as_plain
from app.learning.uploaded import uploaded
from app.settings import Settings, load_settings
from app.store import learned as store
from app.store.bucket_errors import BucketError
from app.store.events import EventStore
from app.store.files import DiskFull
from app.store.samples import SampleStore
from app.vision.quieten import UnusableFit, read_fit

BUSY = "pycam is learning already; it says so when it is done"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `pycam learn`."""
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--yes", action="store_true", help="put it in force without asking")
    what.add_argument("--show", action="store_true", help="what is in force, and what it has quietened")
    what.add_argument("--undo", action="store_true", help="go back to what was in force before")
    parser.add_argument("--s3", action="store_true", help="the uploaded samples, too, not only this disk's")
    parser.add_argument("--json", action="store_true", help="for programs")


def run(options: argparse.Namespace) -> int:
    """0: something can be quietened, or was put in force, shown or undone; 1: nothing, or it could not be."""
    settings = load_settings()
    kept = store.Learned(settings.storage.data)
    try:
        if options.undo:
            return _undo(kept)
        if options.show:
            return _show(settings, kept, as_json=options.json)
        with kept.alone():
            return _learn(options, settings, kept)
    except store.Busy:
        print(f"pycam learn: {BUSY}", file=sys.stderr)
    except (store.NotApplied, BucketError, DiskFull, OSError) as error:
        print(f"pycam learn: {error}", file=sys.stderr)
    return 1


def _learn(options: argparse.Namespace, settings: Settings, kept: store.Learned) -> int:
    now = time.time()
    learned = _learned(settings, now, with_uploaded=options.s3)
    if options.json:
        print(json.dumps(as_plain(learned, now), indent=1))
    else:
        print(as_text(learned, settings.learning, now))
    if learned.fit is None:
        return 1
    if not options.yes and not agreed(
        "Put it in force?", can_ask=not options.json, otherwise="pycam learn --yes"
    ):
        return 0
    kept.put(learned.fit.model_dump_json(indent=1))
    print("In force within seconds, no restart needed; `pycam learn --undo` goes back.", file=sys.stderr)
    return 0


def _learned(settings: Settings, now: float, *, with_uploaded: bool) -> Learned:
    samples = SampleStore(settings.storage.data / "samples", max_mb=settings.training.max_mb)
    found = {sample.record.id: sample for sample in (uploaded(settings) if with_uploaded else ())}
    found |= {sample.record.id: sample for sample in samples.all()}  # this disk's last: its tags may be newer
    event_of = EventStore(settings.storage.data / "events").get
    return learn(list(found.values()), settings, now, event_of=event_of)


def _undo(kept: store.Learned) -> int:
    if kept.undo():
        print("Undone: what was learned before is in force again within seconds.", file=sys.stderr)
    else:
        print("Undone: within seconds no alert is quietened any more.", file=sys.stderr)
    return 0


def _show(settings: Settings, kept: store.Learned, *, as_json: bool) -> int:
    try:
        text = kept.read()
        if text is None:
            print("Nothing is learned yet: pycam learn")
            return 1
        fit = read_fit(text)
    except (UnusableFit, ValueError) as error:
        print(
            f"pycam learn: what is there is no fit for this pycam ({error}), and has no effect",
            file=sys.stderr,
        )
        return 1
    events = EventStore(settings.storage.data / "events")
    quiet, model = quietened_since(events, fit.made), newest_model(events)
    week = [one for one in quiet if one.event.started >= time.time() - WEEK_SECONDS]
    if as_json:
        print(json.dumps({**in_force_as_plain(fit, model), **record_as_plain(record(quiet))}, indent=1))
        return 0
    print("\n".join(in_force(fit, settings.learning, model)))
    print(record_as_text(record(quiet)) or "It has quietened nothing so far.")
    if week:
        print("\n".join(["Of the last seven days:", *map(happened, week)]))
    return 0
