"""What was written down beside the models on this machine: which one an owner chose, and how fast each is here.

`pycam model use` writes `in-use.txt`; `bench.json` is written by `pycam model bench`, and by a camera that starts with
a model that was not measured yet (app/camera/pace.py). Both lie in DATA/models/. A file that cannot be read counts as
not there: a model is chosen without it.
"""

from __future__ import annotations

import json
import logging
import os
import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from app.vision.detector import PersonDetector
from app.vision.ranking import FILE_NAME

log = logging.getLogger(__name__)

IN_USE, BENCH = "in-use.txt", "bench.json"

_BOARD = Path("/proc/device-tree/model")  # "Raspberry Pi 4 Model B Rev 1.4"; only boards have it
_CPUS = Path("/proc/cpuinfo")


class Speed(NamedTuple):
    """`ms`: what a look takes. `identity`: of the detector that it was measured with."""

    ms: float
    identity: str


@dataclass(frozen=True, slots=True)
class Notes:
    """`chosen`: a file's name, or None. `speeds`: file name -> what was measured on this machine."""

    chosen: str | None = None
    speeds: Mapping[str, Speed] = field(default_factory=dict)

    def ms_of(self, detector: PersonDetector) -> float | None:
        """How long a look with `detector` takes here; None if nobody measured just this one."""
        speed = self.speeds.get(detector.name)
        return speed.ms if speed and speed.identity == detector.identity else None


def this_machine() -> str:
    """What measurements belong to: an SD card moves from one Pi to another."""
    return f"{_processor()}, {platform.machine()}, {os.cpu_count()} cores"


def read_notes(folders: Iterable[Path]) -> Notes:
    """The notes of the first of `folders` that has any; measurements of another machine are left out."""
    for folder in folders:
        chosen, speeds = _chosen(folder / IN_USE), _measured(folder / BENCH)
        if chosen is not None or speeds:
            return Notes(chosen, speeds)
    return Notes()


def encode(speeds: Mapping[str, Speed]) -> bytes:
    """What belongs into `bench.json` on this machine."""
    looks = {name: {"ms": round(speed.ms, 1), "with": speed.identity} for name, speed in speeds.items()}
    return json.dumps({"machine": this_machine(), "looks": looks}, indent=1).encode()


def _chosen(path: Path) -> str | None:
    try:
        name = path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        log.warning("%s cannot be read, the model is chosen without it: %s", path, error)
        return None
    return name if FILE_NAME.fullmatch(name) else None


def _measured(path: Path) -> dict[str, Speed]:
    try:
        notes = json.loads(path.read_text(encoding="utf-8"))
        if notes["machine"] != this_machine():
            return {}
        looks = notes["looks"].items()
        return {str(name): Speed(float(look["ms"]), str(look["with"])) for name, look in looks}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        log.warning("%s cannot be used, models are measured anew: %s", path, error)
        return {}


def _processor() -> str:
    """The board's name, else the processor's: every Pi since the third is an 'aarch64, 4 cores'."""
    try:
        return _BOARD.read_text(encoding="utf-8").strip("\0\n ")
    except (OSError, UnicodeDecodeError):
        pass
    try:
        lines = _CPUS.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return "unknown"
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown"
    )
