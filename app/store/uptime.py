"""How long pycam ran and its cameras watched: notifier/uptime.json, in seconds, by the hour.

The notifier writes it, because it runs always and hears of all cameras; the weekly message reads it.
"""

from __future__ import annotations

import logging
from pathlib import Path

from pydantic import Field, TypeAdapter, ValidationError

from app.store.events import Record
from app.store.files import make_folder, write_whole

log = logging.getLogger(__name__)


class CameraTime(Record):
    """`known`: its process said how it is; `armed`: it should have watched; `watched`: it did, with pictures."""

    known: float = 0
    armed: float = 0
    watched: float = 0


class Hour(Record):
    """`ran`: the notifier did; `heard`: and Redis told it of the others."""

    ran: float = 0
    heard: float = 0
    cameras: dict[str, CameraTime] = Field(default_factory=dict)


Hours = dict[int, Hour]
"""By the number of the hour since the epoch."""

HOUR_SECONDS = 3600.0

WRITE_SECONDS = 600.0
"""How often it is written: a power cut costs the count of so long at most, and an SD card wears by each write."""

_HOURS = TypeAdapter(Hours)


class Uptime:
    """The file under the data folder `data`. One process writes."""

    def __init__(self, data: Path) -> None:
        self._file = data / "notifier" / "uptime.json"

    def read(self) -> Hours:
        """What was kept; nothing where there is no file. One that is broken is logged, and begun anew."""
        try:
            return _HOURS.validate_json(self._file.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValidationError) as error:
            log.warning("how long pycam ran cannot be read, it is counted from now on: %s", error)
            return {}

    def as_of(self, now: float) -> float:
        """Until when it counts, seconds since the epoch: the last writing; `now` where that is so long ago that
        nobody counts any more."""
        try:
            written = self._file.stat().st_mtime
        except OSError:
            return now
        return written if 0 <= now - written <= 2 * WRITE_SECONDS else now

    def write(self, hours: Hours) -> None:
        """Keep it. Raises DiskFull or OSError."""
        make_folder(self._file.parent)
        write_whole(self._file, _HOURS.dump_json(hours, exclude_defaults=True))
