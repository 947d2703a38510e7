"""The last orders a camera had, on disk: a restart with Redis gone or emptied comes back armed as it was."""

from __future__ import annotations

import logging
from pathlib import Path

from app.store.files import write_whole

log = logging.getLogger(__name__)


class LastOrders:
    """One JSON text for the camera `name` under `root`; what it means is the caller's business."""

    def __init__(self, root: Path, camera: str) -> None:
        self._path = root / camera / "orders.json"
        self._kept: str | None = None

    def read(self) -> str | None:
        """What was kept, if anything can be read."""
        try:
            self._kept = self._path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            self._kept = None
        return self._kept

    def keep(self, text: str) -> None:
        """Write through, only when it changed. A full disk is logged: the camera goes on."""
        if text == self._kept:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(self._path, text.encode())
            self._kept = text
        except Exception as error:  # noqa: BLE001 — DiskFull or any OSError: orders in memory still hold
            log.warning("the orders cannot be kept on disk: %s", error)
