"""The last picture of each camera: cameras/<name>/last.jpg, and when it was taken."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from app.domain import CAMERA_NAME
from app.store.files import make_folder, write_whole


class LastPicture(NamedTuple):
    """A whole JPEG, and the time it was taken (seconds since the epoch)."""

    jpeg: bytes
    taken: float


class LastPictures:
    """The last picture of each camera under `root`."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def save(self, camera: str, jpeg: bytes) -> None:
        """Renew it; the file's own time is when. Not fsynced: the next one comes in a minute.

        Raises DiskFull or OSError, and ValueError for what is no camera's name.
        """
        path = self._path(camera)
        make_folder(path.parent)
        write_whole(path, jpeg, durable=False)

    def get(self, camera: str) -> LastPicture | None:
        """The last picture, if there ever was one. Raises ValueError for what is no camera's name."""
        try:
            with self._path(camera).open("rb") as file:
                taken = os.fstat(file.fileno()).st_mtime  # of this very picture: it may be renewed meanwhile
                jpeg = file.read()
        except OSError:
            return None
        return LastPicture(jpeg, taken) if jpeg else None  # empty after a power cut: it was not fsynced

    def _path(self, camera: str) -> Path:
        if not CAMERA_NAME.fullmatch(camera):
            raise ValueError("not a camera's name")
        return self._root / camera / "last.jpg"
