"""The command line of `pycam model`: options, the progress bar, what is printed, the exit codes."""

from __future__ import annotations

import argparse
import os
import re
import sys
from pathlib import Path
from typing import TextIO

from app.learning.catalogue import CatalogueError, read_catalogue
from app.learning.cut import PIXEL_BUDGETS, CutError, input_size_for
from app.learning.download import FetchError, Patience, Progress
from app.learning.models import CUTTABLE, fetch, make_cut
from app.learning.models_bench import keep, measure, own_frames
from app.learning.models_list import AUTO, UseError, detector_as_set, folders, list_models, present, use
from app.settings import load_settings
from app.store.files import DiskFull
from app.vision.notes import read_notes
from app.vision.person import MODEL_FILES, ModelError, look_budget_ms

_BAR_COLUMNS = 30
_RESTART = "Running cameras take it up at their next start."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The commands and options of `pycam model`; what they parse to is what `run` takes."""
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    list_parser = commands.add_parser("list", help="which models are there, and which is in use")
    list_parser.set_defaults(do=_list)
    use_parser = commands.add_parser("use", help="choose one of them")
    use_parser.add_argument(
        "name", metavar="FILE|auto", help="a file that `list` shows; auto: the best there is"
    )
    use_parser.set_defaults(do=_use)
    bench_parser = commands.add_parser("bench", help="how fast each is here, so that auto knows")
    bench_parser.set_defaults(do=_bench)
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
    fetch_parser.set_defaults(do=_fetch)


def run(args: argparse.Namespace) -> int:
    """Do what was asked; answers go to stdout, the bar and errors to stderr. 0: done, 1: not, 130: interrupted."""
    code: int = args.do(args)
    return code


def _list(args: argparse.Namespace) -> int:
    settings = load_settings()
    where = folders(settings)
    listed = list_models(settings, read_catalogue(), read_notes(where))
    for one in listed:
        mark = "*" if one.in_use else " "
        speed = "" if one.ms is None else f", {one.ms:.0f} ms a look here"
        chosen = ", chosen" if one.chosen else ""
        print(f"{mark} {one.path}  {one.size:,} bytes, {one.state}{speed}{chosen}")
    if settings.person.model != AUTO:
        print(f"In use by your settings: person.model: {settings.person.model}")
    elif not listed:
        print(f"There is none in {' or '.join(map(str, where))}: `pycam model fetch`")
        return 1
    return 0


def _use(args: argparse.Namespace) -> int:
    try:
        print(f"{use(args.name, load_settings())} {_RESTART}")
    except (UseError, OSError, DiskFull) as error:
        print(f"pycam model use: {error}", file=sys.stderr)
        return 1
    return 0


def _bench(args: argparse.Namespace) -> int:
    settings = load_settings()
    where = folders(settings)
    full = next((path for path in present(where) if path.name == CUTTABLE), None)
    try:
        if full is not None:
            for pixels in PIXEL_BUDGETS:
                make_cut(full, _first_cameras_aspect(), lambda _: None, pixels)
        frames, what = own_frames(settings.storage.data)
        measured = measure(present(where), frames, settings, lambda text: print(text, file=sys.stderr))
        if not measured:
            print(
                f"There is no model in {' or '.join(map(str, where))}: `pycam model fetch`", file=sys.stderr
            )
            return 1
        keep(measured, where[0])
        used = detector_as_set(settings).name
    except (FetchError, ModelError, OSError, DiskFull) as error:
        print(f"pycam model bench: {error}", file=sys.stderr)
        return 1
    print(
        f"On {what}; {settings.person.threads} threads. Agreement: whether somebody is there, with the largest."
    )
    print(f"{'model':36} {'engine':12} {'input':>9} {'ms a look':>10} {'agreement':>10}")
    for one in measured:
        size, agrees = (
            f"{one.input_size[0]}×{one.input_size[1]}",
            "–" if one.agrees is None else f"{one.agrees:.0%}",
        )
        print(f"{one.name:36} {one.backend:12} {size:>9} {one.ms:10.1f} {agrees:>10}")
    most = settings.person.max_per_second
    print(
        f"At {most:g} looks a second one may take {look_budget_ms(most):.0f} ms: {used} is used. {_RESTART}"
    )
    return 0


def _fetch(args: argparse.Namespace) -> int:
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
