"""The command line of `pycam events`: options, questions, exit codes. What is printed: events_text.py."""

from __future__ import annotations

import argparse
import getpass
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

from app.domain import Tag
from app.history import events_options as options_of
from app.history import events_text as text
from app.history.days import span_of
from app.history.history import MAX_LIMIT, History, Kept, StillRunning
from app.logs import set_up_logs
from app.settings import load_settings
from app.state.connection import StateUnavailable, connect
from app.state.entries import Entry, Filters
from app.store.events import EventStore, KeepRecord
from app.store.export import About, ExportError, write_zip, zip_chunks
from app.store.files import DiskFull
from app.store.samples import SampleStore

FAILED = 1
EX_USAGE = 64
"""sysexits.h."""
INTERRUPTED = 130
STDOUT = Path("-")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The commands and options of `pycam events`; what they parse to is what `run` takes."""
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    listing = commands.add_parser("list", help="the newest events, or those that match")
    listing.add_argument("--day", type=options_of.day, metavar="DAY", help="today, yesterday or 2026-11-20")
    listing.add_argument("--camera", metavar="NAME")
    listing.add_argument("--kind", metavar="WHAT", help="what was seen: person, dog …")
    listing.add_argument("--tag", choices=[*(tag.value for tag in Tag), "none"], help="none: not tagged")
    listing.add_argument("--min-score", type=float, metavar="0..1", help="how sure the person model was")
    listing.add_argument("--kept", action="store_true", help="those kept for good")
    listing.add_argument("--clip", action="store_true", help="those with a clip")
    listing.add_argument(
        "--limit", type=options_of.count, default=20, metavar="N", help="how many at most (%(default)s)"
    )
    listing.add_argument(
        "--before", type=options_of.event_id, metavar="ID", help="go on after this one, with older ones"
    )
    listing.add_argument("--json", action="store_true", help="for programs")
    listing.set_defaults(do=_list)
    show = commands.add_parser("show", help="all that is known of one event")
    show.add_argument("id", metavar="ID")
    show.add_argument("--json", action="store_true", help="for programs")
    show.set_defaults(do=_show)
    export = commands.add_parser("export", help="pictures, clips and facts as one zip, with their hashes")
    export.add_argument("ids", nargs="+", metavar="ID")
    export.add_argument(
        "--to",
        type=Path,
        required=True,
        metavar="FILE.zip",
        help="is never overwritten; - is standard output",
    )
    export.set_defaults(do=_export)
    for name, do, summary in (
        ("keep", _keep, "never remove these when they get old"),
        ("unkeep", _unkeep, "let these go when they get old"),
        ("delete", _delete, "remove these now, for good"),
    ):
        command = commands.add_parser(name, help=summary)
        command.add_argument("ids", nargs="+", metavar="ID")
        command.set_defaults(do=do)
        if name == "delete":
            command.add_argument("--yes", action="store_true", help="do not ask")
    reindex = commands.add_parser("reindex", help="make the index of events in Redis anew from the disk")
    reindex.set_defaults(do=_reindex)


def run(options: argparse.Namespace) -> int:
    """Do what was asked. 0: done; 1: not, or not all of it; 64: it needs a yes; 130: interrupted."""
    settings = load_settings()
    set_up_logs("events", "ERROR", settings.secrets.words())
    os.umask(0o077)  # pictures of a home are nobody else's business
    data = settings.storage.data
    samples = SampleStore(data / "samples", max_mb=settings.training.max_mb)
    history = History(EventStore(data / "events"), connect(settings.secrets.redis_url), samples=samples)
    do: Callable[[argparse.Namespace, History], int] = options.do
    try:
        return do(options, history)
    except PermissionError as error:
        return _fail(f"{error.filename}: not allowed; are you the user that pycam runs as?")
    except (OSError, DiskFull) as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        return INTERRUPTED


def _list(options: argparse.Namespace, history: History) -> int:
    span = span_of(options.day) if options.day else None
    filters = Filters(
        since=span.since if span else None,
        until=span.until if span else None,
        camera=options.camera,
        label=options.kind,
        tag=options.tag,
        min_score=options.min_score,
        kept=options.kept or None,
        clip=options.clip or None,
    )
    found: list[Entry] = []
    cursor = options.before
    while True:
        page = history.page(filters, cursor, min(options.limit - len(found), MAX_LIMIT))
        found += page.entries
        cursor = page.next
        if cursor is None or len(found) >= options.limit:
            break
    if options.json:
        _say(
            json.dumps({"events": [text.entry_as_plain(entry) for entry in found], "next": cursor}, indent=1)
        )
        return 0
    if not found:
        _warn("no events match" if options.day or filters.facets() else "there are no events")
        return 0
    _say(text.table(found))
    if cursor is not None:
        _warn(f"older ones: the same with --before {cursor}")
    return 0


def _show(options: argparse.Namespace, history: History) -> int:
    told = history.get(options.id)
    if told is None:
        return _fail(_unknown(options.id))
    _say(json.dumps(text.told_as_plain(told), indent=1) if options.json else text.told_as_text(told))
    return 0


def _export(options: argparse.Namespace, history: History) -> int:
    about = About(time.time(), version("pycam"))
    try:
        if options.to == STDOUT:
            return _stream(zip_chunks(history.events, options.ids, about))
        done = write_zip(history.events, options.ids, options.to, about)
    except ExportError as error:
        return _fail(str(error))
    except FileExistsError:
        return _fail(f"{options.to} is there already, and nothing is overwritten")
    except FileNotFoundError:
        return _fail(f"there is no folder {options.to.parent}")
    _say(f"{done.path}: {done.events} {_events(done.events)}, {done.bytes:,} bytes, SHA-256 {done.sha256}")
    return 0


def _stream(chunks: Iterator[bytes]) -> int:
    if sys.stdout.isatty():
        _warn("a zip is nothing for a terminal: put > FILE.zip behind it")
        return EX_USAGE
    digest, size = sha256(), 0
    for chunk in chunks:
        sys.stdout.buffer.write(chunk)
        digest.update(chunk)
        size += len(chunk)
    sys.stdout.buffer.flush()
    sys.stderr.write(f"{size:,} bytes, SHA-256 {digest.hexdigest()}\n")
    return 0


def _keep(options: argparse.Namespace, history: History) -> int:
    keep = KeepRecord(by=f"shell:{_user()}", at=time.time())
    return _each(options.ids, lambda event_id: history.keep(event_id, keep), "kept for good")


def _unkeep(options: argparse.Namespace, history: History) -> int:
    return _each(options.ids, lambda event_id: history.keep(event_id, None), "no longer kept")


def _delete(options: argparse.Namespace, history: History) -> int:
    count = len(set(options.ids))
    if not options.yes:
        if not sys.stdin.isatty():
            _warn("deleting asks first: run it in a terminal, or say --yes")
            return EX_USAGE
        sys.stderr.write(f"Delete {count} {_events(count)} with pictures and clips, for good? [y/N] ")
        sys.stderr.flush()
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            _warn("nothing was deleted")
            return EX_USAGE
    return _each(options.ids, history.delete, "deleted")


def _reindex(_options: argparse.Namespace, history: History) -> int:
    began = time.monotonic()
    try:
        count = history.mirror.rebuild()
    except StateUnavailable as error:
        return _fail(f"the index cannot be made: {error}")
    if count is None:
        return _fail("another process is making the index just now")
    _say(f"the index knows {count:,} {_events(count)}, made in {time.monotonic() - began:.1f} s")
    return 0


def _each(ids: Sequence[str], do: Callable[[str], bool], done: str) -> int:
    """Do it to each; what cannot be done holds up no other."""
    code = 0
    for event_id in dict.fromkeys(ids):
        try:
            if do(event_id):
                _say(f"{event_id}: {done}")
            else:
                code = _fail(_unknown(event_id))
        except StillRunning:
            code = _fail(f"{event_id} is still going on; try again when it is over")
        except Kept:
            code = _fail(f"{event_id} is kept for good: `pycam events unkeep {event_id}` first")
    return code


def _user() -> str:
    if name := os.environ.get("SUDO_USER"):
        return name
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without a name
        return str(os.getuid())


def _unknown(event_id: str) -> str:
    return f"there is no event {text.quoted(event_id)}"


def _events(count: int) -> str:
    return "event" if count == 1 else "events"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def _warn(line: str) -> None:
    sys.stderr.write(f"pycam events: {line}\n")


def _fail(line: str) -> int:
    _warn(line)
    return FAILED
