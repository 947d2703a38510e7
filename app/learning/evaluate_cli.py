"""The command line of `pycam evaluate`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from app.learning.evaluate import as_json, as_text, evaluate
from app.settings import Settings, load_settings
from app.store.bucket_errors import BucketError
from app.store.samples import Sample, SampleStore


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `pycam evaluate`."""
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("--s3", action="store_true", help="the uploaded samples, too, not only this disk's")


def run(options: argparse.Namespace) -> int:
    """Print the table. 0, or 1 if there is nothing to judge by or the bucket cannot be read."""
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
    result = evaluate(samples.values())
    print(as_json(result) if options.json else as_text(result))
    if not result.table:
        print(
            f"no tagged samples in {folder} yet: tap Occupied or Unoccupied below an alert", file=sys.stderr
        )
        return 1
    return 0


def _uploaded(settings: Settings) -> Iterator[Sample]:
    """The samples in the bucket of the settings. Raises BucketError."""
    if not settings.uploader.bucket:
        raise BucketError("uploader.bucket is empty: which bucket? (config.yml)", permanent=True)
    # boto3 takes a second or more to import on a Pi, and most evaluations need none of it.
    from app.learning.evaluate_s3 import samples_in  # noqa: PLC0415
    from app.store.bucket import Bucket  # noqa: PLC0415

    yield from samples_in(Bucket.of(settings.uploader), settings.uploader.samples_prefix)
