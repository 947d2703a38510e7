"""The second stage that `pycam learn` made: learned.json in the data folder, and learn/ with what was before.

    learned.json          in force within seconds of being written: the cameras look for it
    learn/previous.json   what was in force before, to go back to; empty if there was nothing
    learn/*.lock          held while somebody learns, or changes the above

What the text means is the caller's business.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from app.store.files import make_folder, write_whole
from app.store.tuning import Busy, NotApplied

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
        self._file, self._folder = data / "learned.json", data / "learn"

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
        with self._locked("change.lock", fcntl.LOCK_EX):
            write_whole(self._previous, self._in_force())
            write_whole(self._file, text.encode())

    def undo(self) -> bool:
        """Back to what was in force before the last `put`; whether that was anything.

        Raises NotApplied, DiskFull or OSError.
        """
        with self._locked("change.lock", fcntl.LOCK_EX):
            try:
                before = self._previous.read_bytes()
            except FileNotFoundError:
                raise NotApplied("There is nothing to undo.") from None
            if before:
                write_whole(self._file, before)
            else:
                self._file.unlink(missing_ok=True)
            self._previous.unlink(missing_ok=True)
            return bool(before)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep every other process out of this block; the system lets go if this one dies. Raises Busy or OSError."""
        with self._locked("learning.lock", fcntl.LOCK_EX | fcntl.LOCK_NB):
            yield

    @property
    def _previous(self) -> Path:
        return self._folder / "previous.json"

    def _in_force(self) -> bytes:
        try:
            return self._file.read_bytes()
        except FileNotFoundError:
            return b""

    @contextmanager
    def _locked(self, name: str, how: int) -> Iterator[None]:
        make_folder(self._folder)
        descriptor = os.open(self._folder / name, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(descriptor, how)
            except BlockingIOError:
                raise Busy from None
            yield
        finally:
            os.close(descriptor)
