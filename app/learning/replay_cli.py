"""The command line of `pycam replay`."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from app.learning.replay import FramesLeftOut, ReplayedEvent, gate_for, replay
from app.media.sources import SourceError
from app.settings import load_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `pycam replay`."""
    parser.add_argument("clip", type=Path, metavar="CLIP", help="a video file")
    parser.add_argument(
        "--camera", metavar="NAME", help="whose settings to use (default: the first camera's)"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def run(options: argparse.Namespace) -> int:
    """Print one line an event.

    0: read to the end; 1: the clip cannot be read (to its end); 2: no such camera; 3: read to the end, but damaged
    frames were left out.
    """
    settings = load_settings()
    names = [camera.name for camera in settings.cameras]
    if options.camera is not None and options.camera not in names:
        print(
            f"pycam replay: no camera is called {options.camera!r}; there is: {', '.join(names)}",
            file=sys.stderr,
        )
        return 2
    camera = settings.camera(options.camera or names[0])
    gate = gate_for(settings, camera.classes)
    if not gate.ready:
        print(f"pycam replay: motion alone decides: {gate.problem}", file=sys.stderr)
    found = code = 0
    try:
        for event in replay(options.clip, settings, camera, gate):
            found += 1
            print(json.dumps(asdict(event)) if options.json else _line(event), flush=True)
    except SourceError as error:
        print(f"pycam replay: {error}", file=sys.stderr)
        return 1
    except FramesLeftOut as damage:
        print(f"pycam replay: {damage}", file=sys.stderr)
        code = 3
    if not found and not options.json:
        print("no event")
    return code


def _line(event: ReplayedEvent) -> str:
    score = "no model" if event.person_score is None else f"{event.label} {event.person_score:.2f}"
    boxes = " ".join(f"{b.w}x{b.h}+{b.x}+{b.y}" for b in event.boxes)
    return (
        f"{event.start_s:8.1f} s to {event.end_s:8.1f} s  {event.frames:5d} frames  {score}  "
        f"area {event.peak_area_percent:.1f} %  {boxes}"
    )
