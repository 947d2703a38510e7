"""Of what was told besides Slack already, so that a restart does not tell it again: one JSON file."""

from __future__ import annotations

import logging
from collections.abc import Collection
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from app.store.files import DiskFull, write_whole

log = logging.getLogger(__name__)

KEPT = 1000
"""Some 40 KB; besides these, all that still waits for Slack is remembered, however much that is."""

Extent = Literal["quiet", "all"]
"""Whether only those were told who are told of everything, or all whom it concerns."""

_FILE = TypeAdapter(dict[str, Extent])


class Told:
    """The ids of events and notices. Used by one thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.is_new = not path.exists()
        self._extents: dict[str, Extent] = self._read()
        self._problem = False

    def extent(self, id_: str) -> Extent | None:
        """Who was told of it; None: nobody."""
        return self._extents.get(id_)

    def add(self, id_: str, extent: Extent, waiting: Collection[str]) -> None:
        """Remember it, on the disk if that is possible. `waiting`: of these nothing is forgotten."""
        self._extents[id_] = extent
        surplus = len(self._extents) - KEPT
        if surplus > 0:
            oldest_first = (known for known in list(self._extents)[:-1] if known not in waiting)
            for known, _ in zip(oldest_first, range(surplus), strict=False):
                del self._extents[known]
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._path, _FILE.dump_json(self._extents))
        except (DiskFull, OSError) as error:
            if not self._problem:
                log.error("who was told of what is kept in memory only: %s", error)
            self._problem = True
        else:
            self._problem = False

    def _read(self) -> dict[str, Extent]:
        try:
            return _FILE.validate_json(self._path.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, ValidationError) as error:
            log.warning("who was told of what cannot be read: %s", error)
            self.is_new = True
            return {}
