"""What was written down beside the models on this machine: which one an owner chose, and how fast each is here.

`pycam model use` writes `in-use.txt`, `pycam model bench` writes `bench.json`, both into DATA/models/. A file that
cannot be read counts as not there: a model is chosen without it.
"""

from __future__ import annotations

import json
import logging
import os
import platform
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from app.vision.ranking import FILE_NAME

log = logging.getLogger(__name__)

IN_USE, BENCH = "in-use.txt", "bench.json"


@dataclass(frozen=True, slots=True)
class Notes:
    """`chosen`: a file's name, or None. `ms`: file name -> milliseconds a look takes on this machine."""

    chosen: str | None = None
    ms: dict[str, float] = field(default_factory=dict)


def this_machine() -> str:
    """What measurements belong to: an SD card moves from one Pi to another."""
    return f"{platform.machine()}, {os.cpu_count()} cores"


def read_notes(folders: Iterable[Path]) -> Notes:
    """The notes of the first of `folders` that has any; measurements of another machine are left out."""
    for folder in folders:
        chosen, ms = _chosen(folder / IN_USE), _measured(folder / BENCH)
        if chosen is not None or ms:
            return Notes(chosen, ms)
    return Notes()


def _chosen(path: Path) -> str | None:
    try:
        name = path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        log.warning("%s cannot be read, the model is chosen without it: %s", path, error)
        return None
    return name if FILE_NAME.fullmatch(name) else None


def _measured(path: Path) -> dict[str, float]:
    try:
        notes = json.loads(path.read_text(encoding="utf-8"))
        if notes["machine"] != this_machine():
            return {}
        return {str(name): float(ms) for name, ms in notes["ms"].items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        log.warning("%s cannot be used, the model is chosen without it: %s", path, error)
        return {}
