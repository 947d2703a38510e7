"""`make bench`: what pycam costs and how well it sees, each beside a baseline measured in the same run.

    python -m bench [PART ...]      those named; without a name all but the long ones, ten minutes of them
    python -m bench --list          what there is, and how long each takes

Each part is a module of its own (`python -m bench.PART`) with options of its own, and runs in a process of its own,
so that none warms another's caches.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from app.vision.person import MODEL_FILES
from bench.person_footage import SHARED, missing

TOO_LONG = 124  # exit code, as of timeout(1)


def nothing_is_missing() -> str:
    return ""


def no_model() -> str:
    """Why a look cannot be measured; empty if it can."""
    folders = [SHARED / "models", MODEL_FILES]
    if any(path for folder in folders for path in folder.glob("*.onnx")):
        return ""
    return f"a person model in {' or '.join(map(str, folders))} (`pycam model fetch` gets one)"


@dataclass(frozen=True)
class Part:
    """One measurement."""

    what: str
    command: str
    """Module of this package, then its arguments."""
    seconds: int
    """What it takes when nothing else runs, about: measured as processor time, on two cores. It may take `PATIENCE`
    times as long."""
    missing: Callable[[], str] = nothing_is_missing
    """What is not there without which there is nothing to measure; empty if all is."""
    long: bool = False
    """It runs only when it is named."""


PATIENCE = 8
PARTS = {
    "motion": Part("the motion step, against the seed's recipe", "motion", 20),
    "motion_quality": Part("motion told from weather, beside its peers", "motion_quality 100", 200),
    "person": Part("a look of the person gate, against YOLOX-nano whole on OpenCV", "person", 10, no_model),
    "person_quality": Part(
        "who is found, by day and by night, near and far",
        "person_quality night size --count 60 --models yolox_nano_person_416x320 yolox_nano",
        50,
        missing,
    ),
    "person_vote": Part(
        "what a second look is worth before an alert", "person_quality vote", 120, missing, long=True
    ),
    "learn_quality": Part("how many tags `pycam learn` needs", "learn_quality", 165, long=True),
    "slash": Part("a slash command through gunicorn, against a minimal Flask app", "slash", 20),
    "recording": Part(
        "the frame loop with and without a clip being written; memory of the pre-roll", "recording 3", 110
    ),
    "viewers": Part(
        "the frame loop with 0, 1 and 3 live viewers, with and without a clip being written",
        "viewers 3 640x480",
        60,
    ),
    "camera_memory": Part("memory of the camera process over 10,000 frames", "camera_memory", 20),
    "events_page": Part("a page of 50,000 events, against one of 500", "events_page", 90),
    "alert_latency": Part("from the deciding frame to the first byte at Slack", "alert_latency", 20),
}
USUAL = [name for name, part in PARTS.items() if not part.long]


def main() -> int:
    """Run the named parts, or the usual ones; the exit code is not 0 if one of them failed."""
    options = argparse.ArgumentParser(
        prog="python -m bench", description="What pycam costs, and how well it sees."
    )
    options.add_argument("part", nargs="*", metavar="PART", help=", ".join(PARTS))
    options.add_argument("--list", action="store_true", help="what there is, and how long each takes")
    asked = options.parse_args()
    if unknown := [name for name in asked.part if name not in PARTS]:
        options.error(f"no such part: {', '.join(unknown)}; there is: {', '.join(PARTS)}")
    if asked.list:
        for name, part in PARTS.items():
            print(f"{name:16}{part.seconds:>5} s  {part.what}{' (only when named)' if part.long else ''}")
        return 0
    codes = [run(name, PARTS[name]) for name in asked.part or USUAL]
    return next((code for code in codes if code), 0)


def run(name: str, part: Part) -> int:
    """Measure one part and print what it prints; its exit code."""
    print(f"\n=== {name}: {part.what}\n    python -m bench.{part.command}\n", flush=True)
    if lacking := part.missing():
        print(f"left out, because this is not there: {lacking}")
        return 0
    began = time.monotonic()
    # A session of its own: what it started goes with it.
    with subprocess.Popen(
        [sys.executable, "-m", *f"bench.{part.command}".split()], start_new_session=True
    ) as process:
        try:
            code = process.wait(part.seconds * PATIENCE)
        except subprocess.TimeoutExpired:
            print(f"\ngiven up after {part.seconds * PATIENCE} s: run it alone, with nothing else to do")
            code = TOO_LONG
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    print(f"\n({time.monotonic() - began:.0f} s)")
    return code


if __name__ == "__main__":
    raise SystemExit(main())
