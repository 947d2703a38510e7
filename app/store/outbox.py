"""The outbox: what must still be told, in Slack or besides it. One JSON file an item, its picture beside it.

An item exists from the moment its JSON file has its final name, and is gone when that file is gone: the
picture is written before and removed after. `progress` is what Slack is known to have taken already.
No file is ever renewed by another than the notifier, so that nothing needs a lock.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from app.store.files import DiskFull, is_leftover, make_folder, sweep_leftovers, sync_folder, write_whole

log = logging.getLogger(__name__)

Kind = Literal["alert", "edit", "picture", "post", "reply", "clip", "notify", "dialog", "home"]

RESERVE_BYTES = 4_000_000
"""Room for some twenty alerts with pictures on a full disk: kept as a file, given up when needed."""

ONCE = re.compile(r"[A-Za-z0-9-]{1,100}")
"""It becomes part of a file name."""


class Item(BaseModel):
    """One thing to send. Items of one `lane` go out in order; lanes do not wait for each other."""

    # A key unknown here is a newer pycam's: the alert goes out without it rather than not at all.
    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    """Sorts by the order in which items were put, whatever the clock did meanwhile."""
    kind: Kind
    lane: str
    created: float
    """Seconds since the epoch, by the clock of that moment."""
    payload: dict[str, Any]
    progress: dict[str, Any] = {}
    attempts: int = 0
    reason: str = ""
    """Why it was set aside, or why the last attempt failed."""


class Outbox:
    """The outbox under `root`. Any number of processes may put; one process (the notifier) takes."""

    def __init__(self, root: Path) -> None:
        """Raises DiskFull or OSError."""
        self._pending, self._aside = root / "pending", root / "set-aside"
        self._reserve = root / "reserve"
        for folder in (self._pending, self._aside):
            make_folder(folder)
        self._sweep()

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
        """Add an item durably; its id. `once` names it (letters, digits, '-'): what was put under that name
        before and still waits is forgotten, even if the notifier is just at work on it.

        On a full disk the reserve is given up first; then the picture; only then DiskFull is raised.
        """
        if once is not None and not ONCE.fullmatch(once):
            raise ValueError("the name of an item is letters, digits and '-'")
        created = time.time() if now is None else now
        id_ = self._next_id(created) + (f".{once}" if once else "")
        item = Item(id=id_, kind=kind, lane=lane, created=created, payload=dict(payload))
        try:
            self._with_reserve(lambda: self._write(item, picture))
        except DiskFull:
            if picture is None:
                raise
            log.error("the disk is full: %s %s goes out without its picture", kind, id_)
            self._write(item, None)
        if once:
            self._forget_older(item.id, once)
        return id_

    def pending(self) -> list[Item]:
        """Everything that waits, in the order it was put. What is no item is set aside, not lost. Raises OSError."""
        items = []
        for path in self._pending.glob("*.json"):
            try:
                item = Item.model_validate_json(path.read_bytes())
            except FileNotFoundError:
                continue  # sent or renewed since the folder was listed
            except ValidationError as error:
                self._set_aside_unread(path, f"{error.error_count()} mistakes")
                continue
            except OSError as error:  # too many open files, say: the file itself may be well
                log.error("the outbox item %s cannot be read, will be tried again: %s", path.name, error)
                continue
            if item.id != path.stem:  # it would be sent for ever: done() removes the file of that id
                self._set_aside_unread(path, "its id is not its file's name")
                continue
            items.append(item)
        return sorted(items, key=lambda item: item.id)

    def picture(self, item: Item) -> bytes | None:
        """The item's picture, if it has one."""
        try:
            return self._picture_path(item.id).read_bytes()
        except FileNotFoundError:
            return None

    def holds(self, id_: str) -> bool:
        """Whether the item of that id waits, or was set aside."""
        name = self._path(id_).name
        return (self._pending / name).exists() or (self._aside / name).exists()

    def keep_progress(self, item: Item) -> None:
        """Store what was achieved (`progress`, `attempts`, `reason`) so that a restart goes on from there.

        An item that was renewed in the meantime stays forgotten. Raises DiskFull or OSError.
        """
        # Renewed between this look and the write, it would be sent once more: harmless, and costs no lock.
        if self._path(item.id).exists():
            self._with_reserve(lambda: self._write(item, None))

    def done(self, item: Item) -> None:
        """The receiver accepted it: forget it. What was put under the same name meanwhile stays. Raises OSError."""
        self._path(item.id).unlink(missing_ok=True)
        self._picture_path(item.id).unlink(missing_ok=True)
        sync_folder(self._pending)

    def set_aside(self, item: Item, reason: str) -> None:
        """It can never be sent: keep it where it blocks nobody and can be looked at. Raises OSError."""
        path, picture = self._path(item.id), self._picture_path(item.id)
        if not path.exists():
            return  # renewed meanwhile: what was put in its place has its own chance
        aside = item.model_copy(update={"reason": reason})
        try:
            write_whole(self._aside / path.name, aside.model_dump_json().encode())
        except DiskFull:  # a rename needs no room
            log.error("the disk is full: why %s was set aside is only said here: %s", item.id, reason)
            path.replace(self._aside / path.name)
        with suppress(FileNotFoundError):
            picture.replace(self._aside / picture.name)
        path.unlink(missing_ok=True)
        sync_folder(self._aside)
        sync_folder(self._pending)

    def count_set_aside(self) -> int:
        """How many items were given up."""
        return sum(1 for _ in self._aside.glob("*.json"))

    def trim_set_aside(self, keep: int) -> int:
        """Remove all but the newest `keep` that were given up. How many went. Raises OSError."""
        oldest_first = sorted(self._aside.glob("*.json"))
        gone = oldest_first[: max(0, len(oldest_first) - keep)]
        for path in gone:
            path.with_suffix(".jpg").unlink(missing_ok=True)
            path.unlink(missing_ok=True)
        return len(gone)

    def keep_reserve(self) -> None:
        """Hold `RESERVE_BYTES` of the disk for bad times (again). Does nothing where there is no room for it."""
        if not self._reserve.exists():
            try:
                write_whole(self._reserve, bytes(RESERVE_BYTES))
            except (DiskFull, OSError):
                log.warning("the disk has no room for the outbox's reserve of %d bytes", RESERVE_BYTES)

    def _next_id(self, created: float) -> str:
        """Nanoseconds, but later than all that waits: a Pi without a clock of its own starts in the past, and
        an edit must not overtake its alert. The random tail keeps two of one nanosecond apart."""
        waiting = max((path.name[:20] for path in self._pending.glob("[0-9]*.json")), default="")
        after = int(waiting) + 1 if waiting.isascii() and waiting.isdigit() else 0
        return f"{max(int(created * 1e9), after):020d}-{token_hex(4)}"

    def _write(self, item: Item, picture: bytes | None) -> None:
        if picture is not None:
            write_whole(self._picture_path(item.id), picture)
        try:
            write_whole(self._path(item.id), item.model_dump_json().encode())
        except BaseException:
            if picture is not None:
                self._picture_path(item.id).unlink(missing_ok=True)
            raise

    def _with_reserve(self, write: Callable[[], None]) -> None:
        try:
            write()
        except DiskFull:
            self._reserve.unlink(missing_ok=True)
            write()

    def _forget_older(self, id_: str, once: str) -> None:
        """Only what sorts before: of two processes that put the same name at once, the later item stays."""
        for path in self._pending.glob(f"*.{once}.json"):
            if path.stem < id_:
                path.unlink(missing_ok=True)
                path.with_suffix(".jpg").unlink(missing_ok=True)

    def _set_aside_unread(self, path: Path, why: str) -> None:
        log.error("the outbox item %s cannot be read and is set aside: %s", path.name, why)
        for file in (path.with_suffix(".jpg"), path):
            with suppress(FileNotFoundError):
                file.replace(self._aside / file.name)

    def _sweep(self) -> None:
        """What a power cut left: half-written files, and pictures whose item never came or is gone."""
        for folder in (self._pending, self._aside, self._reserve.parent):
            sweep_leftovers(folder)
        with suppress(OSError):
            for picture in self._pending.glob("*.jpg"):
                if not picture.with_suffix(".json").exists() and is_leftover(picture):
                    picture.unlink(missing_ok=True)

    def _path(self, id_: str) -> Path:
        return self._pending / f"{id_}.json"

    def _picture_path(self, id_: str) -> Path:
        return self._pending / f"{id_}.jpg"
