"""Whole files or none: write under a temporary name, fsync, os.replace, fsync the folder."""

from __future__ import annotations

import errno
import os
from pathlib import Path


class DiskFull(Exception):
    """No space (or quota) left for `path`."""


def write_whole(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Put `data` at `path` so that a reader, or a power cut, never meets half of it.

    `durable=False` leaves out the fsync: for pictures that are only nice to have.
    Raises DiskFull or OSError; then nothing is left behind.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(f"no space left for {path}") from error
        raise
    if durable:
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make a rename, a new name or a deletion in `folder` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def free_mb(folder: Path) -> float:
    """Space left for ordinary users on the file system of `folder`, in MB (1,000,000 bytes)."""
    stat = os.statvfs(folder)
    return stat.f_bavail * stat.f_frsize / 1e6
