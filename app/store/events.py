"""Events: events/YYYY-MM-DD/<id>/ with event.json, alert.jpg, clip.mp4, message.json, tag.json, keep.json.

Each file has one writer, so that none needs a lock: the camera owns event.json, alert.jpg and clip.mp4, the notifier
message.json (where the alert is in Slack), commands tag.json and keep.json (what a person said). What is old is
removed by the notifier, which knows what Slack does not have yet; a person may delete any event that is over.
Days are UTC's, and so are ids: they sort by time.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from app.domain import EVENT_ID
from app.store.files import make_folder, write_whole
from app.store.records import (
    RUNNING_SECONDS,
    ClipFacts,
    EventRecord,
    KeepRecord,
    MessageRecord,
    Record,
    TagRecord,
    in_a_line,
    is_running,
)

__all__ = [
    "FILES",
    "RUNNING_SECONDS",
    "ClipFacts",
    "EventRecord",
    "EventStore",
    "KeepRecord",
    "MessageRecord",
    "Record",
    "TagRecord",
    "is_running",
]

log = logging.getLogger(__name__)


R = TypeVar("R", bound=Record)

FILES = ("alert.jpg", "clip.mp4")
"""What `file` gives out: pictures and sound, for dashboards and exports."""


class EventStore:
    """The events under `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.unfinished = root.parent / "unfinished"
        """Clips that are being recorded, <id>.….mp4: not in their events' folders, so that what a crash left is found
        without a look into all of these."""

    def save(self, event: EventRecord) -> None:
        """Create or renew event.json. Raises DiskFull or OSError."""
        self._write(event.id, "event.json", event.model_dump_json(indent=1).encode())

    def save_picture(self, event_id: str, jpeg: bytes) -> None:
        """Keep the evidence frame as alert.jpg. Raises DiskFull or OSError."""
        self._write(event_id, "alert.jpg", jpeg)

    def clip_place(self, event_id: str) -> Path:
        """Where its clip belongs; the folder is there. Raises DiskFull, OSError, or ValueError if it is no id."""
        folder = self._folder(event_id)
        make_folder(folder)
        return folder / "clip.mp4"

    def get(self, event_id: str) -> EventRecord | None:
        """The event of that id; None if there is none (or the id is not one)."""
        return self._read(event_id, "event.json", EventRecord)

    def tag(self, event_id: str, tag: TagRecord) -> bool:
        """Store what a person said. False if there is no such event. Raises DiskFull or OSError."""
        if self.get(event_id) is None:
            return False
        self._write(event_id, "tag.json", tag.model_dump_json().encode())
        return True

    def tag_of(self, event_id: str) -> TagRecord | None:
        """The tag, if anybody gave one."""
        return self._read(event_id, "tag.json", TagRecord)

    def save_message(self, event_id: str, message: MessageRecord) -> None:
        """Remember where the alert stands in Slack. Raises DiskFull or OSError."""
        self._write(event_id, "message.json", message.model_dump_json().encode())

    def message_of(self, event_id: str) -> MessageRecord | None:
        """Where the alert stands in Slack, once it does."""
        return self._read(event_id, "message.json", MessageRecord)

    def keep(self, event_id: str, keep: KeepRecord | None) -> bool:
        """Keep it for good, or (None) no longer. False if there is no such event. Raises DiskFull or OSError."""
        if self.get(event_id) is None:
            return False
        path = self._folder(event_id) / "keep.json"
        if keep is None:
            path.unlink(missing_ok=True)
            return True
        try:
            write_whole(path, keep.model_dump_json().encode())
        except FileNotFoundError:  # it was removed just now
            return False
        return self.get(event_id) is not None

    def kept(self, event_id: str) -> KeepRecord | None:
        """Who wants it kept for good, if anybody does."""
        return self._read(event_id, "keep.json", KeepRecord)

    def is_kept(self, event_id: str) -> bool:
        """Whether it is an event with a keep.json, readable or not: in doubt it is kept. False for what is no id."""
        if not EVENT_ID.fullmatch(event_id):
            return False
        folder = self._folder(event_id)
        # Without its record it is what a removal left, and a keep.json that came too late keeps nothing.
        return (folder / "keep.json").exists() and (folder / "event.json").exists()

    def file(self, event_id: str, name: str) -> Path | None:
        """Where `name` (one of FILES) of that event lies; None if it is not there, or a link leads elsewhere."""
        if name not in FILES or not EVENT_ID.fullmatch(event_id):
            return None
        inside = self._folder(event_id).relative_to(self.root) / name
        try:
            root = self.root.resolve()
            found = (self.root / inside).resolve(strict=True)
        except (OSError, RuntimeError):  # RuntimeError: links in a circle, until Python 3.12
            return None
        return found if found == root / inside and found.is_file() else None

    def has_record(self, event_id: str) -> bool:
        """Whether it has an event.json, readable or not; in doubt it has. Raises ValueError if it is no id."""
        try:
            (self._folder(event_id) / "event.json").stat()
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError:
            return True
        return True

    def has_folder(self, event_id: str) -> bool:
        """Whether anything of that event is on the disk, its record or not."""
        return bool(EVENT_ID.fullmatch(event_id)) and self._folder(event_id).is_dir()

    def all_ids(self) -> Iterator[str]:
        """Every event's id, oldest first."""
        for day in self.days():
            yield from self.ids_of(day)

    def days(self) -> list[str]:
        """The days (YYYY-MM-DD, UTC) that have a folder, oldest first. Raises OSError."""
        return sorted(path.name for path in self.root.glob("????-??-??/"))

    def ids_of(self, day: str) -> list[str]:
        """The ids of one of `days`, oldest first; none if it is gone. Raises OSError."""
        try:
            with os.scandir(self.root / day) as entries:
                return sorted(entry.name for entry in entries if EVENT_ID.fullmatch(entry.name))
        except (FileNotFoundError, NotADirectoryError):
            return []

    def remove(self, event_id: str) -> int:
        """Take an event away, also what is recorded of it just now; the bytes it had. Cut short, it is an event without
        its record, and `all_ids` names it again. Raises OSError."""
        folder = self._folder(event_id)
        if folder.is_symlink():  # somebody else's doing: the link goes, what it leads to stays
            folder.unlink()
            return 0
        size = _bytes_in(folder)
        (folder / "event.json").unlink(missing_ok=True)
        for recording in self.unfinished.glob(f"{event_id}.*"):  # its camera notices
            recording.unlink(missing_ok=True)
        with suppress(FileNotFoundError):  # somebody else removed it, too
            shutil.rmtree(folder)
        if folder.parent.name not in self.days()[-1:]:  # the camera may be about to write into the last one
            with suppress(OSError):  # it holds other events
                folder.parent.rmdir()
        return size

    def _folder(self, event_id: str) -> Path:
        """Raises ValueError for anything that is not an event's id: nothing from outside becomes a path."""
        if not EVENT_ID.fullmatch(event_id):
            raise ValueError("not an event's id")
        return self.root / f"{event_id[:4]}-{event_id[4:6]}-{event_id[6:8]}" / event_id

    def _write(self, event_id: str, name: str, data: bytes) -> None:
        folder = self._folder(event_id)
        make_folder(folder)
        write_whole(folder / name, data)

    def _read(self, event_id: str, name: str, kind: type[R]) -> R | None:
        if not EVENT_ID.fullmatch(event_id):
            return None
        try:
            return kind.model_validate_json((self._folder(event_id) / name).read_bytes())
        except FileNotFoundError:
            return None
        except (ValidationError, OSError) as error:
            log.error("%s of event %s cannot be read: %s", name, event_id, in_a_line(error))
            return None


def _bytes_in(folder: Path) -> int:
    """What the disk gets back with its files."""
    try:
        with os.scandir(folder) as entries:
            return sum(entry.stat(follow_symlinks=False).st_blocks * 512 for entry in entries)
    except FileNotFoundError:
        return 0
