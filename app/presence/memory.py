"""What the presence process keeps for its next start: who was home, and what the cameras were told."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from app.domain import Presence
from app.state.wishes import Guest
from app.store.files import DiskFull, write_whole

log = logging.getLogger(__name__)

Problem = tuple[type[Exception], int | None]


RETRY_SECONDS = 5.0
"""After a failed write: a disk that is full now is full a quarter of a second later, too."""


class KnownPerson(BaseModel):
    """One person, as last known."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    home: bool | None = None
    since: float | None = None


class Untold(BaseModel):
    """A notice that is not in the outbox for certain. `once`: its name there, the same after a restart."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    once: str
    text: str
    blocks: tuple[dict[str, Any], ...] = ()


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
    untold: tuple[Untold, ...] = ()
    """Kept in the same write as the change they tell of: a process that is killed in between tells them later."""


class Memory:
    """One file at `path`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept: Remembered | None = None
        self._problem: Problem | None = None
        self._next_attempt = float("-inf")

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

    def keep(self, known: Remembered, now: float) -> None:
        """Write it, if it changed. `now`: monotonic seconds. What cannot be written is tried again every
        RETRY_SECONDS and logged once: what is in memory holds.
        """
        if known == self._kept or now < self._next_attempt:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._path, known.model_dump_json().encode())
        except (DiskFull, OSError) as error:
            self._next_attempt = now + RETRY_SECONDS
            problem = (type(error), getattr(error, "errno", None))  # its text may name a new file each time
            if problem != self._problem:
                log.warning("who is home cannot be kept on disk, tried again until it can: %s", error)
            self._problem = problem
            return
        if self._problem is not None:
            log.warning("who is home is kept on disk again")
        self._kept, self._problem, self._next_attempt = known, None, float("-inf")
