"""Events: events/YYYY-MM-DD/<id>/ with event.json, alert.jpg, message.json, tag.json.

Each file has one writer, so that none needs a lock: the camera owns event.json and alert.jpg, the notifier
message.json (where the alert is in Slack), commands tag.json (what a person said). One process removes: the
notifier, which knows what Slack does not have yet.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from app.domain import EVENT_ID, Tag
from app.store.files import make_folder, write_whole

log = logging.getLogger(__name__)


class Record(BaseModel):
    """Something written by pycam and read back later, perhaps by a newer pycam."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class EventRecord(Record):
    """What the camera knows. Times: seconds since the epoch. Boxes: x, y, w, h in pixels of `width`×`height`."""

    id: str
    camera: str
    started: float
    ended: float | None = None
    end_reason: str = ""
    frames: int = 0
    peak_area_percent: float = 0
    person_score: float | None = None
    label: str = "person"
    """What the score and the boxes are of: one of the camera's `classes`."""
    boxes: tuple[tuple[int, int, int, int], ...] = ()
    width: int = 0
    height: int = 0
    person_model: str | None = None
    person_problem: str = ""
    announced: bool = False
    """Whether an alert went into the outbox."""
    muted_why: str = ""


class TagRecord(Record):
    """What a person said about it."""

    tag: Tag
    by: str
    at: float


class MessageRecord(Record):
    """Where the alert stands in Slack."""

    channel: str
    ts: str
    file_id: str | None = None


R = TypeVar("R", bound=Record)


class EventStore:
    """The events under `root`."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def save(self, event: EventRecord) -> None:
        """Create or renew event.json. Raises DiskFull or OSError."""
        self._write(event.id, "event.json", event.model_dump_json(indent=1).encode())

    def save_picture(self, event_id: str, jpeg: bytes) -> None:
        """Keep the evidence frame as alert.jpg. Raises DiskFull or OSError."""
        self._write(event_id, "alert.jpg", jpeg)

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

    def all_ids(self) -> Iterator[str]:
        """Every event's id, oldest first."""
        for day in sorted(self._root.glob("????-??-??/")):
            yield from sorted(path.name for path in day.iterdir() if EVENT_ID.fullmatch(path.name))

    def remove(self, event_id: str) -> None:
        """Take an event away. Cut short, it is an event without its record, and `all_ids` names it again. OSError."""
        folder = self._folder(event_id)
        (folder / "event.json").unlink(missing_ok=True)
        shutil.rmtree(folder)
        days = sorted(self._root.glob("????-??-??/"))
        if folder.parent != days[-1]:  # the camera may be about to write into the last one
            with suppress(OSError):  # it holds other events
                folder.parent.rmdir()

    def _folder(self, event_id: str) -> Path:
        """Raises ValueError for anything that is not an event's id: nothing from outside becomes a path."""
        if not EVENT_ID.fullmatch(event_id):
            raise ValueError("not an event's id")
        return self._root / f"{event_id[:4]}-{event_id[4:6]}-{event_id[6:8]}" / event_id

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
            log.error("%s of event %s cannot be read: %s", name, event_id, error)
            return None
