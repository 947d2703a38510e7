"""Tagged samples on their way to another place: which wait, and how one leaves without losing a later tag.

The same folders as samples.py, seen by the uploader. A tag may come at any time, also while its sample is
being sent or after it has left; then it waits here alone, and follows. Nothing needs a lock: the camera
writes samples, commands write tag.json, the uploader alone removes, and writes uploaded.json.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from app.domain import EVENT_ID
from app.store.events import Record, TagRecord
from app.store.files import sync_folder, write_whole
from app.store.records import in_a_line
from app.store.samples import SampleRecord

log = logging.getLogger(__name__)

ASIDE = ".tag.json.aside"
"""tag.json while a removal looks at it."""


class UploadRecord(Record):
    """uploaded.json: this copy stays although it is safe elsewhere, with the tag of that SHA-256."""

    at: float
    tag_sha256: str


class TaggedSample(NamedTuple):
    """A tagged sample as it lies on the disk; `tag` is what tag.json held when it was looked at."""

    id: str
    pictures: tuple[Path, ...]
    record: Path | None
    """sample.json; None when only a tag is here: the sample is on its way, or has left before."""
    tag: bytes

    def size(self) -> int:
        """Bytes of all of it; what has gone meanwhile counts nothing."""
        total = len(self.tag)
        for path in (*self.pictures, *([self.record] if self.record else [])):
            with suppress(FileNotFoundError):
                total += path.stat().st_size
        return total


class TaggedSamples:
    """The tagged ones among the samples under `root`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._damaged: set[str] = set()

    def waiting(self) -> Iterator[TaggedSample]:
        """What is not marked as uploaded with its present tag, oldest first. Damaged ones are logged once."""
        for folder in sorted(self._root.glob("*")):
            if not EVENT_ID.fullmatch(folder.name):
                continue
            try:
                sample = self._look(folder)
            except FileNotFoundError:
                continue  # not tagged, or it went while we looked
            except (ValueError, OSError) as error:
                if folder.name not in self._damaged:
                    log.error("the tagged sample %s is not uploaded: %s", folder.name, in_a_line(error))
                self._damaged.add(folder.name)
                continue
            if sample is not None:
                yield sample

    def keep(self, sample: TaggedSample, at: float) -> None:
        """Mark it as uploaded at `at` (seconds since the epoch). Raises DiskFull or OSError."""
        done = UploadRecord(at=at, tag_sha256=sha256(sample.tag).hexdigest())
        with suppress(FileNotFoundError):  # somebody made room meanwhile
            write_whole(self._root / sample.id / "uploaded.json", done.model_dump_json().encode())

    def remove(self, sample: TaggedSample) -> None:
        """Take away what is safe elsewhere; a tag given since it was looked at stays. Raises OSError.

        Cut short at any point it leaves a sample, or a tag without one: `waiting` shows either again.
        """
        folder = self._root / sample.id
        if not folder.is_dir():
            return  # somebody made room meanwhile
        (folder / "sample.json").unlink(missing_ok=True)
        sync_folder(folder)  # before the pictures: a power cut must not bring back a sample without them
        for path in (*folder.glob("*.jpg"), folder / "uploaded.json"):
            path.unlink(missing_ok=True)
        aside = folder / ASIDE
        with suppress(FileNotFoundError):
            # Renamed before it is compared: a tag written from now on is a new file, which nobody unlinks.
            (folder / "tag.json").rename(aside)
            if aside.read_bytes() != sample.tag:
                _put_tag_back(folder)
            aside.unlink(missing_ok=True)
        with suppress(OSError):  # a new tag is in it
            folder.rmdir()

    def _look(self, folder: Path) -> TaggedSample | None:
        _put_tag_back(folder)
        tag = (folder / "tag.json").read_bytes()
        TagRecord.model_validate_json(tag)
        try:
            facts = SampleRecord.model_validate_json((folder / "sample.json").read_bytes())
        except FileNotFoundError:
            return TaggedSample(folder.name, (), None, tag)
        pictures = tuple(sorted(folder.glob("*.jpg")))
        if len(pictures) != len(facts.frames) or not all(picture.stat().st_size for picture in pictures):
            raise ValueError("not every frame has its picture")
        if _is_marked(folder, tag):
            return None
        return TaggedSample(folder.name, pictures, folder / "sample.json", tag)


def _is_marked(folder: Path, tag: bytes) -> bool:
    try:
        done = UploadRecord.model_validate_json((folder / "uploaded.json").read_bytes())
    except (FileNotFoundError, ValidationError):
        return False
    return done.tag_sha256 == sha256(tag).hexdigest()


def _put_tag_back(folder: Path) -> None:
    """Undo the first half of a removal, unless a newer tag has come."""
    aside = folder / ASIDE
    if aside.exists():
        with suppress(FileExistsError):
            os.link(aside, folder / "tag.json")
        aside.unlink()  # renaming one link of a file onto another would do nothing
