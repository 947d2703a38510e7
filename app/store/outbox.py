"""The outbox: what must still be told to Slack. One JSON file an item, its picture beside it.

An item exists from the moment its JSON file has its final name, and is gone when that file is gone: the
picture is written before and removed after. `progress` is what Slack is known to have taken already.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from pathlib import Path
from secrets import token_hex
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from app.store.files import DiskFull, sync_folder, write_whole

log = logging.getLogger(__name__)

Kind = Literal["alert", "edit", "picture", "post", "reply"]

RESERVE_BYTES = 4_000_000
"""Room for some twenty alerts with pictures on a full disk: kept as a file, given up when needed."""


class Item(BaseModel):
    """One thing to send. Items of one `lane` go out in order; lanes do not wait for each other."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    kind: Kind
    lane: str
    created: float
    payload: dict[str, Any]
    progress: dict[str, Any] = {}
    attempts: int = 0
    reason: str = ""
    """Why it was set aside, or why the last attempt failed."""


class Outbox:
    """The outbox under `root`. Any number of processes may put; one process (the notifier) takes."""

    def __init__(self, root: Path) -> None:
        self._pending, self._aside = root / "pending", root / "set-aside"
        self._reserve = root / "reserve"
        for folder in (self._pending, self._aside):
            folder.mkdir(parents=True, exist_ok=True)

    def put(
        self,
        kind: Kind,
        payload: Mapping[str, Any],
        *,
        lane: str,
        picture: bytes | None = None,
        once: str | None = None,
        now: float | None = None,
    ) -> str:
        """Add an item durably; its id. `once` names it: a pending item of that name is replaced, not repeated.

        On a full disk the reserve is given up first; then the picture; only then DiskFull is raised.
        """
        created = time.time() if now is None else now
        # Names sort by creation; the random tail keeps two in the same nanosecond apart.
        id_ = f"once-{once}" if once else f"{int(created * 1e9):020d}-{token_hex(4)}"
        item = Item(id=id_, kind=kind, lane=lane, created=created, payload=dict(payload))
        try:
            self._write(item, picture)
        except DiskFull:
            self._reserve.unlink(missing_ok=True)
            try:
                self._write(item, picture)
            except DiskFull:
                if picture is None:
                    raise
                log.error("the disk is full: %s %s goes out without its picture", kind, id_)
                self._write(item, None)
        return id_

    def _write(self, item: Item, picture: bytes | None) -> None:
        if picture is not None:
            write_whole(self._picture_path(item.id), picture)
        try:
            write_whole(self._path(item.id), item.model_dump_json().encode())
        except BaseException:
            self._picture_path(item.id).unlink(missing_ok=True)
            raise

    def pending(self) -> list[Item]:
        """Everything that waits, oldest first. A file that cannot be read is set aside, not lost."""
        items = []
        for path in self._pending.glob("*.json"):
            try:
                items.append(Item.model_validate_json(path.read_bytes()))
            except FileNotFoundError:
                continue  # sent or replaced since the folder was listed
            except (ValidationError, OSError) as error:
                log.error("the outbox item %s cannot be read and is set aside: %s", path.name, error)
                path.replace(self._aside / path.name)
        return sorted(items, key=lambda item: (item.created, item.id))

    def picture(self, item: Item) -> bytes | None:
        """The item's picture, if it has one."""
        try:
            return self._picture_path(item.id).read_bytes()
        except FileNotFoundError:
            return None

    def keep_progress(self, item: Item) -> None:
        """Store what was achieved (`progress`, `attempts`, `reason`) so that a restart goes on from there."""
        write_whole(self._path(item.id), item.model_dump_json().encode())

    def done(self, item: Item) -> None:
        """The receiver accepted it: forget it. If `put(once=…)` renewed it in the meantime, the new one stays."""
        path = self._path(item.id)
        try:
            if Item.model_validate_json(path.read_bytes()).created > item.created:
                return
        except (FileNotFoundError, ValidationError):
            pass
        path.unlink(missing_ok=True)
        self._picture_path(item.id).unlink(missing_ok=True)
        sync_folder(self._pending)

    def set_aside(self, item: Item, reason: str) -> None:
        """It can never be sent: keep it where it blocks nobody and can be looked at."""
        aside = item.model_copy(update={"reason": reason})
        write_whole(self._aside / self._path(item.id).name, aside.model_dump_json().encode())
        if (picture := self._picture_path(item.id)).exists():
            picture.replace(self._aside / picture.name)
        self._path(item.id).unlink(missing_ok=True)
        sync_folder(self._pending)

    def count_set_aside(self) -> int:
        """How many items were given up."""
        return sum(1 for _ in self._aside.glob("*.json"))

    def keep_reserve(self) -> None:
        """Hold `RESERVE_BYTES` of the disk for bad times (again). Does nothing where there is no room for it."""
        if not self._reserve.exists():
            try:
                write_whole(self._reserve, bytes(RESERVE_BYTES))
            except (DiskFull, OSError):
                log.warning("the disk has no room for the outbox's reserve of %d bytes", RESERVE_BYTES)

    def _path(self, id_: str) -> Path:
        return self._pending / f"{id_}.json"

    def _picture_path(self, id_: str) -> Path:
        return self._pending / f"{id_}.jpg"
