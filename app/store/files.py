"""Whole files or none: write under a temporary name, fsync, os.replace, fsync the folder.

All of it is for this user alone (files 0600, folders 0700): these are pictures of somebody's home.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

LEFTOVER_SECONDS = 600.0
"""A file that a crash left half-written is older than this; the slowest write in hand is younger."""


class DiskFull(Exception):
    """No space (or quota) left for `path`."""


def write_whole(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Put `data` at `path` so that a reader, or a crash of the program, never meets half of it.

    `durable`: survives a power cut, too. False leaves out the fsync, for pictures that are only nice to have:
    after a power cut such a file may be empty.
    Raises DiskFull or OSError; then what was at `path` is still there, and nothing else is left behind.
    """
    # Its own name each time: two threads may write the same path.
    temporary = path.with_name(f".{path.name}.{token_hex(4)}.tmp")
    with _translated(path):
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                if durable:
                    file.flush()
                    os.fsync(descriptor)
            temporary.replace(path)
        except BaseException:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise
        if durable:
            sync_folder(path.parent)


def make_folder(folder: Path) -> None:
    """Make `folder` and what it lies in, so that they survive a power cut. Raises DiskFull or OSError."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    with _translated(folder):
        folder.mkdir(mode=0o700, exist_ok=True)  # another process may have been quicker
        sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Make a rename, a new name or a deletion in `folder` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sweep_leftovers(folder: Path) -> None:
    """Remove what crashes left half-written in `folder`. Never raises: it can wait for the next start."""
    with suppress(OSError):
        for path in folder.glob(".*.tmp"):
            if is_leftover(path):
                path.unlink(missing_ok=True)


def is_leftover(path: Path) -> bool:
    """Whether nobody can be writing this file any more. False if it is gone. Raises OSError."""
    try:
        return time.time() - path.stat().st_mtime > LEFTOVER_SECONDS
    except FileNotFoundError:
        return False


def free_mb(folder: Path) -> float:
    """Space left for ordinary users on the file system of `folder`, in MB (1,000,000 bytes)."""
    stat = os.statvfs(folder)
    return stat.f_bavail * stat.f_frsize / 1e6


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(f"no space left for {path}") from error
        raise
