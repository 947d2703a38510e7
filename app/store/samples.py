"""Samples for learning: samples/<id>/ with the last frames as 000.jpg …, sample.json and tag.json.

sample.json is written last: a folder without it is unfinished. An alert's sample has its event's id.
Images and JSON only: loading a pickle would run whatever it holds. What the uploader does to it: tagged.py.
"""

from __future__ import annotations

import errno
import logging
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from app.domain import EVENT_ID
from app.store.events import Record, TagRecord
from app.store.files import make_folder, write_whole
from app.store.records import in_a_line

log = logging.getLogger(__name__)

LONE_TAG_SECONDS = 7 * 86_400.0
"""A tag without its sample: the sample never came, or made room for others. Kept for a week, because one that was
given after the upload follows its sample into the bucket, and a network may be away for days."""

TRIES = 3
"""Of removing a sample while somebody puts something into it."""


# A sample may come from a bucket or a damaged card, and each of these becomes a date, a place in an array, or a weight.
Moment = Annotated[float, Field(ge=0, le=253_370_764_800)]
"""Seconds since the epoch, to the end of the year 9998: in every time zone a date can say it."""
Score = Annotated[float, Field(ge=0, le=1)]
Length = Annotated[int, Field(ge=1, le=100_000)]
Place = Annotated[int, Field(ge=-100_000, le=100_000)]
Boxes = tuple[tuple[Place, Place, Place, Place], ...]
"""Each x, y, w, h in pixels."""


class FrameFacts(Record):
    """What the eyes said of one frame. `person_score`: best of the frame; None if the gate was not asked."""

    model_config = ConfigDict(allow_inf_nan=False)

    time: Moment
    moving: bool
    area_percent: float
    boxes: Boxes = ()
    person_score: Score | None = None
    person_boxes: Boxes = ()


class SampleRecord(Record):
    """`quiet` samples were taken with nothing going on; `settings` are those in force, as plain data."""

    model_config = ConfigDict(allow_inf_nan=False)

    id: str
    camera: str
    taken: Moment
    reason: Literal["alert", "quiet"]
    width: Length
    height: Length
    motion_vote: bool
    person_model: str | None
    min_score: Score | None
    frames: Annotated[list[FrameFacts], Field(min_length=1)]
    settings: dict[str, Any]


class Sample(Record):
    """One finished sample and what is known of it."""

    record: SampleRecord
    tag: TagRecord | None
    pictures: list[Path]
    """One JPEG a frame, in order; same length as `record.frames`."""


class SampleStore:
    """The samples under `root`, together at most `max_mb` (1,000,000 bytes each)."""

    def __init__(self, root: Path, *, max_mb: float) -> None:
        self._root, self._max_bytes = root, max_mb * 1e6
        # Bytes of finished samples, which do not change: a sample has some thirty files, a store some 500
        # samples, and a save must not ask an SD card for each of them every time.
        self._sizes: dict[str, int] = {}

    def save(self, record: SampleRecord, pictures: Sequence[bytes]) -> None:
        """Write a sample, then make room by removing the oldest. Raises DiskFull, OSError or ValueError."""
        if len(pictures) != len(record.frames):
            raise ValueError("a sample has one picture a frame")
        folder = self._folder(record.id)
        self._sizes.pop(record.id, None)
        make_folder(folder)
        try:
            for index, jpeg in enumerate(pictures):
                write_whole(folder / f"{index:03d}.jpg", jpeg, durable=False)
            write_whole(folder / "sample.json", record.model_dump_json().encode())
        except BaseException:
            for picture in folder.glob("*.jpg"):
                picture.unlink(missing_ok=True)
            raise
        self.make_room()

    def tag(self, sample_id: str, tag: TagRecord) -> None:
        """Store what a person said; the sample itself may still be on its way. Raises DiskFull, OSError, or
        ValueError for what is no id."""
        folder = self._folder(sample_id)
        make_folder(folder)
        try:
            write_whole(folder / "tag.json", tag.model_dump_json().encode())
        except FileNotFoundError:  # an upload ended just now and took the emptied folder away
            make_folder(folder)
            write_whole(folder / "tag.json", tag.model_dump_json().encode())

    def remove(self, sample_id: str) -> None:
        """Take a sample away, tagged or not; nothing happens where there is none. Raises OSError, or ValueError for
        what is no id.

        It may be on its way into a bucket just then, as when it makes room: what is there already stays there.
        """
        folder = self._folder(sample_id)
        self._sizes.pop(sample_id, None)
        (folder / "sample.json").unlink(missing_ok=True)
        # The uploader may take its files away, too, or put its tag aside: neither must leave pictures behind.
        for left in reversed(range(TRIES)):
            try:
                shutil.rmtree(folder, onerror=_unless_gone)
                return
            except OSError as error:
                if error.errno != errno.ENOTEMPTY or not left:
                    raise

    def all(self) -> Iterator[Sample]:
        """Every finished sample, oldest first. What cannot be read is logged and left out."""
        for folder in self._folders():
            try:
                sample = self._read(folder)
            except FileNotFoundError:
                continue  # unfinished, or just removed
            except (ValueError, OSError) as error:
                log.error("the sample %s cannot be read: %s", folder.name, in_a_line(error))
                continue
            yield sample

    def make_room(self) -> int:
        """Remove whole samples until the limit holds, the untagged first, the oldest first. How many went.

        What only a tag is left of goes after a while, too; it is worth no room and would be the last to go.
        """
        self._sweep_lone_tags()
        sizes = {folder: self._size(folder) for folder in self._folders()}
        self._sizes = {folder.name: size for folder, size in sizes.items() if folder.name in self._sizes}
        total, removed = sum(sizes.values()), 0
        if total <= self._max_bytes:
            return 0
        for folder in sorted(sizes, key=self._worth):
            if total <= self._max_bytes:
                break
            _remove(folder)
            total -= sizes[folder]
            removed += 1
        log.info("removed the %d oldest samples to stay under %.0f MB", removed, self._max_bytes / 1e6)
        return removed

    def _sweep_lone_tags(self) -> None:
        for folder in self._folders():
            if folder.name in self._sizes:
                continue  # a finished sample
            with suppress(OSError):  # the uploader may take it away meanwhile
                age = time.time() - (folder / "tag.json").stat().st_mtime
                if age > LONE_TAG_SECONDS and {path.name for path in folder.iterdir()} == {"tag.json"}:
                    _remove(folder)
                    log.info("removed the tag of %s, whose sample is gone", folder.name)

    @staticmethod
    def _read(folder: Path) -> Sample:
        record = SampleRecord.model_validate_json((folder / "sample.json").read_bytes())
        if record.id != folder.name:
            raise ValueError(f"it is that of {record.id}")
        try:
            tag = TagRecord.model_validate_json((folder / "tag.json").read_bytes())
        except FileNotFoundError:
            tag = None
        pictures = sorted(folder.glob("*.jpg"))
        # Pictures are not fsynced one by one: a power cut may have emptied some.
        if len(pictures) != len(record.frames) or not all(picture.stat().st_size for picture in pictures):
            raise ValueError("not every frame has its picture")
        return Sample(record=record, tag=tag, pictures=pictures)

    def _size(self, folder: Path) -> int:
        """Bytes of its files; remembered once the sample is finished. Other processes may add and remove samples."""
        known = self._sizes.get(folder.name)
        if known is not None:
            return known
        finished = (folder / "sample.json").exists()
        size = _bytes_in(folder)
        if finished:
            self._sizes[folder.name] = size
        return size

    @staticmethod
    def _worth(folder: Path) -> tuple[int, str]:
        """Sorts the least valuable first: what is safe elsewhere, then the untagged; ids sort by age."""
        if (folder / "uploaded.json").exists():
            return (0, folder.name)
        return (2 if (folder / "tag.json").exists() else 1, folder.name)

    def _folders(self) -> list[Path]:
        try:
            with os.scandir(self._root) as entries:
                names = sorted(entry.name for entry in entries if entry.is_dir())
        except FileNotFoundError:
            return []
        return [self._root / name for name in names if EVENT_ID.fullmatch(name)]

    def _folder(self, sample_id: str) -> Path:
        if not EVENT_ID.fullmatch(sample_id):
            raise ValueError("not a sample's id")
        return self._root / sample_id


def _bytes_in(folder: Path) -> int:
    """Files may go while they are counted: a tag under its temporary name, or all of it."""
    total = 0
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            with suppress(FileNotFoundError):
                total += entry.stat().st_size
    return total


def _unless_gone(_do: object, _path: str, problem: tuple[object, BaseException, object]) -> None:
    if not isinstance(problem[1], FileNotFoundError):
        raise problem[1]


def _remove(folder: Path) -> None:
    """sample.json first: what a crash leaves of the rest is then an unfinished sample."""
    (folder / "sample.json").unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
