"""The last picture of each camera: cameras/<name>/last.jpg, and when it was taken."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from app.domain import CAMERA_NAME
from app.store.files import write_whole


class LastPicture(NamedTuple):
    """A whole JPEG, and the time it was taken (seconds since the epoch)."""

    jpeg: bytes
    taken: float


class LastPictures:
    """The last picture of each camera under `root`."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def save(self, camera: str, jpeg: bytes) -> None:
        """Renew it; the file's own time is when. Not fsynced: the next one comes in a minute."""
        path = self._path(camera)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, jpeg, durable=False)

    def get(self, camera: str) -> LastPicture | None:
        """The last picture, if there ever was one."""
        try:
            path = self._path(camera)
            return LastPicture(path.read_bytes(), path.stat().st_mtime)
        except OSError:
            return None

    def _path(self, camera: str) -> Path:
        if not CAMERA_NAME.fullmatch(camera):
            raise ValueError("not a camera's name")
        return self._root / camera / "last.jpg"
