"""A file that a tool puts in force while others read it: one change at a time, and one step back.

FILE                  in force
FOLDER/previous.*     what was in force before, to go back to; empty if there was nothing
FOLDER/*.lock         held while a tool works, or somebody changes the above; the system lets go if it dies
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from app.store.files import make_folder, sync_folder, write_whole


class NotApplied(Exception):
    """Nothing was changed; the text says why, in one sentence."""


class Busy(Exception):
    """Another process is at it."""


class InForce:
    """`file`, with `folder` for the rest. Any process may read; `put` and `undo` belong into `changing`."""

    def __init__(self, file: Path, folder: Path) -> None:
        self.file, self.folder = file, folder
        self._previous = folder / f"previous{file.suffix}"

    def content(self) -> bytes:
        """What is in force; empty if nothing is. Raises OSError."""
        try:
            return self.file.read_bytes()
        except FileNotFoundError:
            return b""

    def put(self, content: bytes) -> None:
        """In force from now on; what was before is kept. Raises DiskFull or OSError, and then nothing has changed."""
        next_ = self.folder / f"next{self.file.suffix}"
        # Whole on the disk before the way back is taken over: on a full one there is still what was before.
        write_whole(next_, content)
        try:
            write_whole(self._previous, self.content())
            next_.replace(self.file)
        finally:
            next_.unlink(missing_ok=True)
        sync_folder(self.file.parent)

    def undo(self, prove: Callable[[bytes], None] = lambda _: None) -> bool:
        """Back to what was in force before the last `put`; whether that was anything.

        `prove` may refuse it with NotApplied. Raises NotApplied if there is nothing to go back to, DiskFull or OSError.
        """
        try:
            before = self._previous.read_bytes()
        except FileNotFoundError:
            raise NotApplied("There is nothing to undo.") from None
        if before:
            prove(before)
            write_whole(self.file, before)
        else:
            self.file.unlink(missing_ok=True)
        self._previous.unlink(missing_ok=True)
        return bool(before)

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Others who change it wait. Raises OSError or DiskFull."""
        with self._locked("change.lock", fcntl.LOCK_EX):
            yield

    @contextmanager
    def alone(self, lock: str) -> Iterator[None]:
        """Keep every other process out of this block. `lock`: a file's name. Raises Busy, OSError or DiskFull."""
        with self._locked(lock, fcntl.LOCK_EX | fcntl.LOCK_NB):
            yield

    @contextmanager
    def _locked(self, name: str, how: int) -> Iterator[None]:
        make_folder(self.folder)
        descriptor = os.open(self.folder / name, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(descriptor, how)
            except BlockingIOError:
                raise Busy from None
            yield
        finally:
            os.close(descriptor)
