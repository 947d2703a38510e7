"""Samples for learning: samples/<id>/ with the last frames as 00.jpg …, sample.json and tag.json.

sample.json is written last: a folder without it is unfinished. An alert's sample has its event's id.
Images and JSON only: loading a pickle would run whatever it holds.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from app.domain import EVENT_ID
from app.store.events import Record, TagRecord
from app.store.files import write_whole

log = logging.getLogger(__name__)


class FrameFacts(Record):
    """What the eyes said of one frame. `person_score`: best of the frame; None if the gate was not asked."""

    time: float
    moving: bool
    area_percent: float
    boxes: tuple[tuple[int, int, int, int], ...] = ()
    person_score: float | None = None
    person_boxes: tuple[tuple[int, int, int, int], ...] = ()


class SampleRecord(Record):
    """`quiet` samples were taken with nothing going on; `settings` are those in force, as plain data."""

    id: str
    camera: str
    taken: float
    reason: Literal["alert", "quiet"]
    width: int
    height: int
    motion_vote: bool
    person_model: str | None
    min_score: float | None
    frames: list[FrameFacts]
    settings: dict[str, Any]


class Sample(Record):
    """One finished sample and what is known of it."""

    record: SampleRecord
    tag: TagRecord | None
    pictures: list[Path]
    """One JPEG a frame, in order; same length as `record.frames`."""


class SampleStore:
    """The samples under `root`, together at most `max_mb`."""

    def __init__(self, root: Path, *, max_mb: float) -> None:
        self._root, self._max_bytes = root, max_mb * 1e6

    def save(self, record: SampleRecord, pictures: Sequence[bytes]) -> None:
        """Write a sample, then make room by removing the oldest. Raises DiskFull, OSError or ValueError."""
        if len(pictures) != len(record.frames):
            raise ValueError("a sample has one picture a frame")
        folder = self._folder(record.id)
        folder.mkdir(parents=True, exist_ok=True)
        try:
            for index, jpeg in enumerate(pictures):
                write_whole(folder / f"{index:02d}.jpg", jpeg, durable=False)
            write_whole(folder / "sample.json", record.model_dump_json().encode())
        except BaseException:
            for picture in folder.glob("*.jpg"):
                picture.unlink(missing_ok=True)
            raise
        self.make_room()

    def tag(self, sample_id: str, tag: TagRecord) -> None:
        """Store what a person said; the sample itself may still be on its way."""
        folder = self._folder(sample_id)
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / "tag.json", tag.model_dump_json().encode())

    def all(self) -> Iterator[Sample]:
        """Every finished sample, oldest first. What cannot be read is logged and left out."""
        for folder in self._folders():
            try:
                record = SampleRecord.model_validate_json((folder / "sample.json").read_bytes())
                tag_file = folder / "tag.json"
                tag = TagRecord.model_validate_json(tag_file.read_bytes()) if tag_file.exists() else None
            except FileNotFoundError:
                continue  # unfinished
            except (ValidationError, OSError) as error:
                log.error("the sample %s cannot be read: %s", folder.name, error)
                continue
            yield Sample(record=record, tag=tag, pictures=sorted(folder.glob("*.jpg")))

    def make_room(self) -> int:
        """Remove whole samples until the limit holds, the untagged first, the oldest first. How many went."""
        sizes = {folder: sum(f.stat().st_size for f in folder.iterdir()) for folder in self._folders()}
        total, removed = sum(sizes.values()), 0
        for folder in sorted(sizes, key=self._worth):
            if total <= self._max_bytes:
                break
            shutil.rmtree(folder, ignore_errors=True)
            total -= sizes[folder]
            removed += 1
        if removed:
            log.info("removed the %d oldest samples to stay under %.0f MB", removed, self._max_bytes / 1e6)
        return removed

    @staticmethod
    def _worth(folder: Path) -> tuple[bool, str]:
        """Sorts the least valuable first; ids sort by age."""
        return ((folder / "tag.json").exists(), folder.name)

    def _folders(self) -> list[Path]:
        if not self._root.exists():
            return []
        return sorted(path for path in self._root.iterdir() if EVENT_ID.fullmatch(path.name))

    def _folder(self, sample_id: str) -> Path:
        if not EVENT_ID.fullmatch(sample_id):
            raise ValueError("not a sample's id")
        return self._root / sample_id
