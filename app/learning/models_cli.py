"""The command line of `pycam model fetch`: options, the progress bar, the exit code."""

from __future__ import annotations

import argparse
import os
import re
import sys
from pathlib import Path
from typing import TextIO

from app.learning.catalogue import CatalogueError
from app.learning.cut import CutError, input_size_for
from app.learning.download import FetchError, Patience, Progress
from app.learning.models import fetch
from app.settings import load_settings
from app.vision.person import MODEL_FILES

_BAR_COLUMNS = 30


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The commands and options of `pycam model`; what they parse to is what `run` takes."""
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    fetch_parser = commands.add_parser("fetch", help="download, verify and cut the person model")
    fetch_parser.add_argument(
        "names", nargs="*", metavar="FILE", help="files of the catalogue (default: all)"
    )
    fetch_parser.add_argument(
        "--to",
        type=Path,
        metavar="FOLDER",
        help="where to put them ($PYCAM_DATA/models, else app/model-files)",
    )
    fetch_parser.add_argument(
        "--mirror",
        metavar="FOLDER|URL",
        help="where to get them ($PYCAM_MODEL_MIRROR, else the public source)",
    )
    fetch_parser.add_argument(
        "--aspect",
        type=_aspect,
        metavar="W:H",
        help="of the camera, such as 16:9 (default: the first camera's in the settings)",
    )
    fetch_parser.add_argument(
        "--tries", type=int, default=Patience().tries, metavar="N", help="before giving up (%(default)s)"
    )


def run(args: argparse.Namespace) -> int:
    """Fetch; sentences go to stdout, the bar and errors to stderr. 0: done, 1: not, 130: interrupted."""
    data = os.environ.get("PYCAM_DATA")
    destination = args.to or (Path(data).expanduser() / "models" if data else MODEL_FILES)
    try:
        fetch(
            destination,
            names=args.names or None,
            mirror=args.mirror or os.environ.get("PYCAM_MODEL_MIRROR") or None,
            aspect=args.aspect or _first_cameras_aspect(),
            progress=progress_on(sys.stderr),
            say=print,
            patience=Patience(tries=max(1, args.tries)),
        )
    except (FetchError, CatalogueError) as error:
        print(f"pycam model fetch: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\npycam model fetch: stopped; run it again, it continues where it stopped", file=sys.stderr)
        return 130
    return 0


def _first_cameras_aspect() -> tuple[int, int]:
    camera = load_settings().cameras[0]
    return camera.width_pixels, camera.height_pixels


def progress_on(stream: TextIO) -> Progress:
    """A bar that is redrawn on a terminal; elsewhere (a log, a pipe) one line for each quarter."""
    quarters_said: dict[str, int] = {}

    def bar(name: str, done: int, total: int) -> None:
        share = min(done / total, 1.0) if total else 1.0
        filled = "#" * round(share * _BAR_COLUMNS)
        end = "\n" if done >= total else ""
        stream.write(f"\r{name} [{filled:<{_BAR_COLUMNS}}] {share:4.0%} of {total / 1e6:.1f} MB{end}")
        stream.flush()

    def lines(name: str, done: int, total: int) -> None:
        quarter = int(4 * min(done / total, 1.0)) if total else 4
        if quarter > quarters_said.get(name, 0):
            quarters_said[name] = quarter
            stream.write(f"{name}: {quarter * 25} % of {total / 1e6:.1f} MB\n")
            stream.flush()

    return bar if stream.isatty() else lines


def _aspect(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,5})[:x×](\d{1,5})", text)
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is not an aspect such as 4:3, 16:9 or 1280x720")
    aspect = (int(found[1]), int(found[2]))
    try:
        input_size_for(aspect)
    except CutError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return aspect
