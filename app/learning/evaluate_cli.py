"""The command line of `pycam evaluate`."""

from __future__ import annotations

import argparse
import sys

from app.learning.evaluate import as_json, as_text, evaluate
from app.settings import load_settings
from app.store.samples import SampleStore


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `pycam evaluate`."""
    parser.add_argument("--json", action="store_true", help="for programs")


def run(options: argparse.Namespace) -> int:
    """Print the table. 0, or 1 if there is nothing to judge by."""
    settings = load_settings()
    folder = settings.storage.data / "samples"
    result = evaluate(SampleStore(folder, max_mb=settings.training.max_mb).all())
    print(as_json(result) if options.json else as_text(result))
    if not result.table:
        print(
            f"no tagged samples in {folder} yet: tap Occupied or Unoccupied below an alert", file=sys.stderr
        )
        return 1
    return 0
