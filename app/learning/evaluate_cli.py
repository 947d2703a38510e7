"""The command line of `pycam evaluate`."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from app.learning import report_text
from app.learning.evaluate import Evaluation, as_plain, as_text, evaluate
from app.learning.report import Report, report
from app.learning.report import as_plain as report_as_plain
from app.learning.report_page import page
from app.learning.report_pictures import worst
from app.settings import Settings, load_settings
from app.store.bucket_errors import BucketError
from app.store.samples import Sample, SampleStore


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
            samples = {s.record.id: s for s in _uploaded(settings)} | samples
        except BucketError as error:
            print(error, file=sys.stderr)
            return 1
    result, told = evaluate(samples.values()), report(samples.values())
    if options.json:
        print(json.dumps({**as_plain(result), "report": report_as_plain(told)}, indent=1))
    else:
        print("\n\n".join(filter(None, (as_text(result), report_text.as_text(told)))))
    if options.html is not None and not _write_page(options, told, result):
        return 1
    if not result.table:
        print(
            f"no tagged samples in {folder} yet: tap Occupied or Unoccupied below an alert", file=sys.stderr
        )
        return 1
    return 0


def _write_page(options: argparse.Namespace, told: Report, evaluation: Evaluation) -> bool:
    """The page holds pictures of somebody's home: it is written for this user alone (the pictures' own mode)."""
    mistakes = tuple(worst(told.mistakes, options.pictures))
    try:
        options.html.touch(mode=0o600)
        options.html.write_text(page(told, evaluation, mistakes, time.time()), encoding="utf-8")
    except OSError as error:
        print(f"pycam evaluate: {options.html} cannot be written: {error.strerror}", file=sys.stderr)
        return False
    print(f"the page is in {options.html}", file=sys.stderr)
    return True


def _uploaded(settings: Settings) -> Iterator[Sample]:
    """The samples in the bucket of the settings. Raises BucketError."""
    if not settings.uploader.bucket:
        raise BucketError("uploader.bucket is empty: which bucket? (config.yml)", permanent=True)
    # boto3 takes a second or more to import on a Pi, and most evaluations need none of it.
    from app.learning.evaluate_s3 import samples_in  # noqa: PLC0415
    from app.store.bucket import Bucket  # noqa: PLC0415

    yield from samples_in(Bucket.of(settings.uploader), settings.uploader.samples_prefix)
