"""The command line of `pycam tune`, and what `/tune` starts."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from secrets import token_hex

import yaml

from app.learning.consent import agreed
from app.learning.lowly import step_back
from app.learning.replay import gate_for
from app.learning.tune import Tuned, layer_with, tune
from app.learning.tune_clips import Shelf
from app.learning.tune_text import RESTART, as_plain, as_text, gains, summary, table_in_words, trust
from app.settings import Settings, load_settings
from app.slack.tune_messages import Message, plain, proposal_message
from app.store.events import EventStore
from app.store.files import DiskFull
from app.store.orders import LastOrders
from app.store.outbox import Outbox
from app.store.samples import SampleStore
from app.store.tuning import Busy, NotApplied, Proposal, Tuning

BUSY = "pycam is tuning already; it says so when it is done"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `pycam tune`."""
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--apply", action="store_true", help="apply what is proposed without asking")
    what.add_argument("--undo", action="store_true", help="go back to what was before the last change")
    what.add_argument("--reply", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true", help="for programs")


def run(options: argparse.Namespace) -> int:
    """0: there is a proposal, or it was applied or undone; 1: there is none, or it could not be."""
    if options.undo:
        return _undo()
    settings = load_settings()
    tuning = Tuning(settings.storage.data)
    try:
        with tuning.alone():
            return _reply(settings, tuning) if options.reply else _tune(options, settings, tuning)
    except Busy:
        print(f"pycam tune: {BUSY}", file=sys.stderr)
    except (DiskFull, OSError, yaml.YAMLError) as error:
        print(f"pycam tune: {error}", file=sys.stderr)
    return 1


def _tune(options: argparse.Namespace, settings: Settings, tuning: Tuning) -> int:
    found = tuned(settings, _progress)
    if sys.stderr.isatty():
        print("\033[K", end="", file=sys.stderr, flush=True)  # the last of them, whatever comes next
    proposal = _keep(found, tuning)
    if options.json:
        print(json.dumps({**as_plain(found), "proposal": proposal and proposal.id}, indent=1))
    else:
        print(as_text(found))
    if proposal is None:
        return 1
    if not options.apply and not agreed(
        "Apply it?", can_ask=not options.json, otherwise="pycam tune --apply"
    ):
        return 0
    try:
        tuning.apply(proposal.id)
    except NotApplied as error:
        print(f"pycam tune: {error}", file=sys.stderr)
        return 1
    print(f"Applied; `pycam tune --undo` goes back. {RESTART}", file=sys.stderr)
    return 0


def _undo() -> int:
    # Without the layer itself: what it spoils must not keep anybody from taking it away.
    settings = load_settings(tuned=Path(os.devnull))
    try:
        Tuning(settings.storage.data).undo()
    except (NotApplied, DiskFull, OSError) as error:
        print(f"pycam tune: {error}", file=sys.stderr)
        return 1
    print(f"Undone. {RESTART}", file=sys.stderr)
    return 0


def _reply(settings: Settings, tuning: Tuning) -> int:
    """For /tune: the response_url comes on the standard input, where no other user sees it; the answer goes out by
    the outbox."""
    step_back()
    response_url = sys.stdin.readline().strip()
    try:
        found = tuned(settings)
        proposal = _keep(found, tuning)
        if proposal is None:
            message = plain(f"Nothing is proposed: {found.why}.")
        else:
            message = proposal_message(
                proposal.id,
                proposal.summary,
                numbers="\n".join([*gains(found), "", table_in_words(found)]),
                trust=trust(found),
            )
    except Exception:
        _put(settings, response_url, plain("Tuning failed; pycam's log says why. Nothing is changed."))
        raise
    _put(settings, response_url, message)
    return 0 if proposal else 1


def _put(settings: Settings, response_url: str, message: Message) -> None:
    payload = {"response_url": response_url, "text": message.text, "blocks": list(message.blocks)}
    Outbox(settings.storage.data / "outbox").put("reply", payload, lane=f"reply-{token_hex(8)}")


def tuned(settings: Settings, progress: Callable[[int, int], None] = lambda _number, _of: None) -> Tuned:
    """The proposal for what is on this disk, or why there is none. Raises OSError."""
    data = settings.storage.data
    events = EventStore(data / "events")
    return tune(
        list(SampleStore(data / "samples", max_mb=settings.training.max_mb).all()),
        settings,
        shelf=Shelf(
            event_of=events.get,
            clip_of=lambda event_id: events.file(event_id, "clip.mp4"),
            gate=cache(lambda classes: gate_for(settings, classes)),
            clock=time.monotonic,
            progress=progress,
        ),
        view_since={camera.name: _view_since(data, camera.name) for camera in settings.cameras},
    )


def _progress(number: int, of: int) -> None:
    """Clips take their time; in a file or a pipe nobody waits. What is printed next goes over it."""
    if sys.stderr.isatty():
        print(f"playing clip {number} of {of}", end="\r", file=sys.stderr, flush=True)


def _keep(found: Tuned, tuning: Tuning) -> Proposal | None:
    if found.knobs is None:
        return None
    layer = layer_with(tuning.layer(), found.start, found.knobs)
    return tuning.propose(layer, summary(found.start, found.knobs), time.time())


def _view_since(data: Path, camera: str) -> float:
    """When the camera was last aimed by command: a mask can only be learned from what it has seen since."""
    try:
        return float(json.loads(LastOrders(data / "cameras", camera).read() or "{}")["head"]["at"])
    except (ValueError, KeyError, TypeError):
        return float("-inf")
