"""What the disk may be spared: samples and pictures, written where there is room and given up where there is not."""

from __future__ import annotations

import logging
from collections.abc import Callable

from app.settings.schema import StorageSettings
from app.store.files import DiskFull, free_mb

log = logging.getLogger(__name__)

MARGIN = 1.1
"""Times min_free_mb. Below min_free_mb itself the notifier removes old events: without a margin, samples would take
the room that it makes, and events would go for the sake of samples."""


class SpareWriter:
    """Nothing here raises for the disk. Used by one thread; `problem` is for any."""

    def __init__(self, storage: StorageSettings) -> None:
        self._storage = storage
        self._failing: dict[str, DiskFull | OSError] = {}  # replaced as a whole: other threads read it
        self._short_of_space = ""

    @property
    def problem(self) -> str:
        """What is not stored at present, and why; empty if all is."""
        failing = (f"the {what} could not be stored: {why}" for what, why in self._failing.items())
        return self._short_of_space or "; ".join(failing)

    def write(self, what: str, write: Callable[[], None], *, always: bool = False) -> None:
        """Do `write`. `always`: also on a disk that is nearly full. Failures of one `what` are logged once."""
        if not always and not self._has_space():
            return
        try:
            write()
        except (DiskFull, OSError) as error:
            if what not in self._failing:
                log.error("the %s could not be stored: %s", what, error)
            self._failing = {**self._failing, what: error}
        else:
            self._forget(what)

    def disk_works(self) -> None:
        """Something else was written: the disk is not full any more."""
        self._forget()

    def _forget(self, what: str = "") -> None:
        left = dict(self._failing)
        for other, why in self._failing.items():
            if other == what or isinstance(why, DiskFull):
                log.info("the %s can be stored again", other)
                del left[other]
        self._failing = left

    def _has_space(self) -> bool:
        free, least = free_mb(self._storage.data), self._storage.min_free_mb * MARGIN
        if free >= least:
            if self._short_of_space:
                log.info("the disk has room again: %.0f MB free", free)
            self._short_of_space = ""
            return True
        if not self._short_of_space:
            log.error("only %.0f MB free, too near min_free_mb: nothing but alerts and events is kept", free)
        self._short_of_space = f"only {free:.0f} MB of disk are free: no samples and pictures are kept"
        return False
