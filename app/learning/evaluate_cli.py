"""The command line of `pycam evaluate`."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

from app.learning import learn_record, report_text
from app.learning.evaluate import Evaluation, as_plain, as_text, evaluate
from app.learning.report import Report, report
from app.learning.report import as_plain as report_as_plain
from app.learning.report_page import page
from app.learning.report_pictures import worst
from app.learning.uploaded import uploaded
from app.settings import load_settings
from app.store.bucket_errors import BucketError
from app.store.events import EventStore
from app.store.files import DiskFull, write_whole
from app.store.samples import SampleStore


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `pycam evaluate`."""
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument(
        "--html", type=Path, metavar="FILE", help="also a page with charts and the worst mistakes as pictures"
    )
    parser.add_argument(
        "--pictures", type=int, default=24, metavar="N", help="on that page, at most (%(default)s)"
    )
    parser.add_argument("--s3", action="store_true", help="the uploaded samples, too, not only this disk's")


def run(options: argparse.Namespace) -> int:
    """Print the table and the report. 0, or 1 if there is nothing to judge by, or it cannot be read or written."""
    settings = load_settings()
    folder = settings.storage.data / "samples"
    samples = {s.record.id: s for s in SampleStore(folder, max_mb=settings.training.max_mb).all()}
    if options.s3:
        try:
            # This disk's last: its tags may be newer.
            samples = {s.record.id: s for s in uploaded(settings)} | samples
        except BucketError as error:
            print(error, file=sys.stderr)
            return 1
    result, told = evaluate(samples.values()), report(samples.values())
    learned = learn_record.record(
        learn_record.quietened_since(EventStore(settings.storage.data / "events"), 0)
    )
    if options.json:
        plain = {"report": report_as_plain(told), "quietened": learn_record.as_plain(learned)}
        print(json.dumps({**as_plain(result), **plain}, indent=1))
    else:
        parts = (as_text(result) if samples else "", report_text.as_text(told), learn_record.as_text(learned))
        if text := "\n\n".join(filter(None, parts)):
            print(text)
    if options.html is not None and not _write_page(options, told, result):
        return 1
    if not result.table and told.total.right + told.total.false_alarms + told.total.missed:
        # Told of by motion alone: they are in the report, and the table is about what the model said of them.
        print("none of the tagged samples was seen by a person model, so the table is empty", file=sys.stderr)
    elif not result.table:
        print(
            f"no tagged samples in {folder} yet: tap Occupied or Unoccupied below an alert", file=sys.stderr
        )
        return 1
    return 0


def _write_page(options: argparse.Namespace, told: Report, evaluation: Evaluation) -> bool:
    """The page holds pictures of somebody's home: it is written for this user alone (the pictures' own mode)."""
    mistakes = tuple(worst(told.mistakes, options.pictures))
    content = page(told, evaluation, mistakes, time.time()).encode()
    target = options.html.resolve()
    try:
        if (
            target.exists() and not target.is_file()
        ):  # /dev/stdout, say: nothing to put another file in place of
            target.write_bytes(content)
        else:
            write_whole(target, content)
    except (DiskFull, OSError) as error:
        why = "the disk is full" if isinstance(error, DiskFull) else error.strerror
        print(f"pycam evaluate: {options.html} cannot be written: {why}", file=sys.stderr)
        return False
    print(f"the page is in {options.html}", file=sys.stderr)
    return True
