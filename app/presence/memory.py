"""What the presence process keeps for its next start: who was home, and what the cameras were told."""

from __future__ import annotations

import logging
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from app.domain import Presence
from app.state.wishes import Guest
from app.store.files import DiskFull, write_whole

log = logging.getLogger(__name__)


class KnownPerson(BaseModel):
    """One person, as last known."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    home: bool | None = None
    since: float | None = None


class Remembered(BaseModel):
    """Times are seconds since the epoch. Nothing that changes with every round: an SD card wears."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    presence: Presence = Presence.UNKNOWN
    since: float = 0.0
    leaving_since: float | None = None
    said_unknown: bool = False
    people: dict[str, KnownPerson] = {}
    guest: Guest | None = None
    """Redis may be emptied: a guest would then be locked in an armed house."""


class Memory:
    """One file at `path`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept: Remembered | None = None

    def read(self) -> Remembered:
        """What was kept; nothing if that cannot be read."""
        try:
            self._kept = Remembered.model_validate_json(self._path.read_bytes())
        except FileNotFoundError:
            return Remembered()
        except (OSError, ValidationError) as error:
            log.warning("what was known of who is home cannot be read, it is found out anew: %s", error)
            return Remembered()
        return self._kept

    def keep(self, known: Remembered) -> None:
        """Write it, if it changed. A full disk is logged: what is in memory holds."""
        if known == self._kept:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._path, known.model_dump_json().encode())
            self._kept = known
        except (DiskFull, OSError) as error:
            log.warning("who is home cannot be kept on disk: %s", error)
