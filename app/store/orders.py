"""The last orders a camera had, on disk: a restart with Redis gone or emptied comes back armed as it was."""

from __future__ import annotations

import logging
from pathlib import Path

from app.domain import CAMERA_NAME
from app.store.files import DiskFull, make_folder, sweep_leftovers, write_whole

log = logging.getLogger(__name__)


class LastOrders:
    """One JSON text for `camera` under `root`; what it means is the caller's business."""

    def __init__(self, root: Path, camera: str) -> None:
        """Raises ValueError if `camera` is no camera's name."""
        if not CAMERA_NAME.fullmatch(camera):
            raise ValueError("not a camera's name")
        self._path = root / camera / "orders.json"
        self._kept: str | None = None
        self._failing = False
        sweep_leftovers(self._path.parent)

    def read(self) -> str | None:
        """What was kept, if anything can be read."""
        self._kept = None
        try:
            self._kept = self._path.read_text(encoding="utf-8")
        except FileNotFoundError:
            pass  # the first start
        except (OSError, UnicodeDecodeError) as error:
            log.error("the last orders cannot be read: %s", error)
        return self._kept

    def keep(self, text: str) -> None:
        """Write through, only when it changed. What fails is logged once and tried again: the camera goes on."""
        if text == self._kept:
            return
        try:
            make_folder(self._path.parent)
            write_whole(self._path, text.encode())
        except (DiskFull, OSError) as error:
            if not self._failing:
                log.warning("the orders cannot be kept on disk, those in memory hold: %s", error)
            self._failing = True
            return
        self._kept, self._failing = text, False
