"""The second stage that `pycam learn` made: learned.json in the data folder, and learn/ with what was before.

    learned.json          in force within seconds of being written: the cameras look for it
    learn/                the way back, and locks (in_force.py)

What the text means is the caller's business.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import NamedTuple

from app.store.in_force import Busy, InForce, NotApplied

__all__ = ["Busy", "Learned", "NotApplied", "Stamp"]

MOST_BYTES = 1_000_000
"""A fit has some 3,000; what is so much greater is none."""


class Stamp(NamedTuple):
    """Differs once the file is another: write_whole makes a new file each time."""

    inode: int
    mtime_ns: int
    size: int


class Learned:
    """Under the data folder `data`. Any process may read; `put` and `undo` are the tool's."""

    def __init__(self, data: Path) -> None:
        self._file = data / "learned.json"
        self._in_force = InForce(self._file, data / "learn")

    def stamp(self) -> Stamp | None:
        """Of what is in force; None if nothing is. Raises OSError."""
        try:
            stat = self._file.stat()
        except FileNotFoundError:
            return None
        return Stamp(stat.st_ino, stat.st_mtime_ns, stat.st_size)

    def read(self) -> str | None:
        """What is in force; None if nothing is. Raises OSError, or ValueError for what cannot be a fit's text."""
        try:
            with self._file.open("rb") as file:
                content = file.read(MOST_BYTES + 1)
        except FileNotFoundError:
            return None
        if len(content) > MOST_BYTES:
            raise ValueError("it is too long")
        return content.decode()

    def put(self, text: str) -> None:
        """In force from now on; what was before is kept. Raises DiskFull or OSError."""
        with self._in_force.changing():
            self._in_force.put(text.encode())

    def undo(self) -> bool:
        """Back to what was in force before the last `put`; whether that was anything.

        Raises NotApplied, DiskFull or OSError.
        """
        with self._in_force.changing():
            return self._in_force.undo()

    def alone(self) -> AbstractContextManager[None]:
        """Keep every other process that learns out of this block. Raises Busy, OSError or DiskFull."""
        return self._in_force.alone("learning.lock")
