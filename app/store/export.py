"""Events as one zip, to hand to somebody: what is in it, and how they can tell that nothing was changed since.

    manifest.json                  made last: SHA-256 and size of each file as it lies in the zip, times, cameras
    <id>/event.json, tag.json      as they lie on the disk
    <id>/alert.jpg, clip.mp4       evidence, without boxes or text painted over it

It is written as it is read, so that its size does not matter; the same events give the same files in the same order.
No link is followed out of the store.
"""

from __future__ import annotations

import errno
import json
import math
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, tzinfo
from hashlib import sha256
from io import RawIOBase
from pathlib import Path
from secrets import token_hex
from typing import Any, BinaryIO, NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from pydantic import ValidationError

from app.domain import EVENT_ID
from app.store.events import EventRecord, EventStore, TagRecord
from app.store.files import sync_folder

NAMES = ("event.json", "tag.json", "alert.jpg", "clip.mp4")
CHUNK_BYTES = 256 * 1024
MAX_JSON_BYTES = 1_000_000
"""An event's record has some hundred bytes; what is larger was not written by pycam."""


FIRST_IN_ZIP, LAST_IN_ZIP = 315_532_800, 4_354_819_198
"""1980 to 2107, seconds since the epoch: the years a zip knows."""

LATEST = 253_402_000_000.0
"""Days before the end of the year 9999, so that local time has room."""


class ExportError(Exception):
    """It cannot be exported; the text says which event and why."""


class About(NamedTuple):
    """When (seconds since the epoch), for which local time (None: this machine's) and by which version."""

    now: float
    version: str
    zone: tzinfo | None = None


class Exported(NamedTuple):
    """What was written. `sha256` of the zip, in hexadecimal."""

    path: Path
    events: int
    bytes: int
    sha256: str


def zip_chunks(events: EventStore, event_ids: Sequence[str], about: About) -> Iterator[bytes]:
    """The zip, piece by piece. Raises ExportError at once if there is no such event, ExportError or OSError on the way
    if one goes meanwhile: what was written until then is no zip."""
    ids = sorted(set(event_ids))
    for event_id in ids:
        if events.get(event_id) is None:
            raise ExportError(f"there is no event {_short(event_id)}")
    return _chunks(events.root, ids, about)


def write_zip(events: EventStore, event_ids: Sequence[str], target: Path, about: About) -> Exported:
    """The zip as a file for this user alone, whole or not at all. Raises ExportError, FileExistsError if `target` is
    there already, or OSError."""
    chunks = zip_chunks(events, event_ids, about)
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))  # the name is ours from here on
    temporary = target.with_name(f".{target.name}.{token_hex(4)}.tmp")
    digest, size = sha256(), 0
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            for chunk in chunks:
                file.write(chunk)
                digest.update(chunk)
                size += len(chunk)
            file.flush()
            os.fsync(descriptor)
        temporary.replace(target)
    except BaseException:
        for path in (temporary, target):
            with suppress(OSError):
                path.unlink()
        raise
    with suppress(OSError):  # some file systems of USB sticks know no such thing
        sync_folder(target.parent)
    return Exported(target, len(set(event_ids)), size, digest.hexdigest())


def _chunks(root: Path, ids: Sequence[str], about: About) -> Iterator[bytes]:
    sink = _Sink()
    told = []
    with ZipFile(sink, "w", ZIP_DEFLATED) as archive:
        for event_id in ids:
            with _opened(root, event_id) as files:
                sizes = {name: os.fstat(file.fileno()).st_size for name, file in files.items()}
                event, tag, texts = _records(event_id, files)
                listed = []
                for name, file in files.items():
                    digest, size = sha256(), 0
                    left = sizes[name]  # what is appended from now on is not in it
                    with archive.open(_info(f"{event_id}/{name}", event.started, left), "w") as out:
                        while data := texts.pop(name, None) or file.read(min(CHUNK_BYTES, left - size)):
                            out.write(data)
                            digest.update(data)
                            size += len(data)
                            yield from sink.taken()
                    listed.append({"name": f"{event_id}/{name}", "bytes": size, "sha256": digest.hexdigest()})
                told.append(_told(event_id, event, tag, about.zone) | {"files": listed})
        manifest = {
            "made_by": f"pycam {about.version}",
            "made": _times(about.now, about.zone),
            "events": told,
        }
        text = json.dumps(manifest, indent=1, ensure_ascii=False).encode()
        archive.writestr(_info("manifest.json", about.now, len(text)), text)
    yield from sink.taken()


@contextmanager
def _opened(root: Path, event_id: str) -> Iterator[dict[str, BinaryIO]]:
    """All of its files at once: each was written whole, and what replaces one from now on is another file. Every step
    of the way refuses links."""
    if not EVENT_ID.fullmatch(event_id):
        raise ExportError(f"there is no event {_short(event_id)}")
    folders: list[int] = []
    files: dict[str, BinaryIO] = {}
    try:
        try:
            folders.append(os.open(root, os.O_RDONLY | os.O_DIRECTORY))
            for name in (f"{event_id[:4]}-{event_id[4:6]}-{event_id[6:8]}", event_id):
                folders.append(_open_in(folders[-1], name, os.O_DIRECTORY))
            for name in NAMES:
                with suppress(FileNotFoundError):
                    descriptor = _open_in(folders[-1], name, os.O_NONBLOCK)
                    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                        os.close(descriptor)
                        raise ExportError(f"{name} of {event_id} is no file")
                    files[name] = os.fdopen(descriptor, "rb")
        except FileNotFoundError:
            raise ExportError(f"the event {event_id} was removed meanwhile") from None
        yield files
    finally:
        for file in files.values():
            file.close()
        for folder in folders:
            os.close(folder)


def _open_in(folder: int, name: str, flags: int) -> int:
    try:
        return os.open(name, os.O_RDONLY | os.O_NOFOLLOW | flags, dir_fd=folder)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR):
            raise ExportError(f"{name} is a link or no folder, and none of pycam's doing") from None
        raise


def _records(
    event_id: str, files: dict[str, BinaryIO]
) -> tuple[EventRecord, TagRecord | None, dict[str, bytes]]:
    """Event, tag, and the bytes they were read from: those go into the zip, so that the manifest speaks of them."""
    texts = {name: file.read(MAX_JSON_BYTES) for name, file in files.items() if name.endswith(".json")}
    try:
        event = EventRecord.model_validate_json(texts["event.json"])
    except (KeyError, ValidationError):
        raise ExportError(f"the record of {event_id} is gone or cannot be read") from None
    tag = None
    if "tag.json" in texts:
        with suppress(ValidationError):  # it goes into the zip as it is
            tag = TagRecord.model_validate_json(texts["tag.json"])
    return event, tag, texts


def _told(event_id: str, event: EventRecord, tag: TagRecord | None, zone: tzinfo | None) -> dict[str, Any]:
    return {
        "id": event_id,
        "camera": event.camera,
        "started": _times(event.started, zone),
        "ended": None if event.ended is None else _times(event.ended, zone),
        "seen": event.label,
        "score": event.person_score,
        "tag": None if tag is None else {"tag": tag.tag, "by": tag.by, "at": _times(tag.at, zone)},
    }


def _times(moment: float, zone: tzinfo | None) -> dict[str, str]:
    """To the millisecond: UTC, and local with its offset."""
    near = min(max(moment, 0.0), LATEST) if math.isfinite(moment) else 0.0
    exact = datetime.fromtimestamp(round(near, 3), UTC)
    return {
        "utc": exact.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "local": exact.astimezone(zone).isoformat(timespec="milliseconds"),
    }


def _info(name: str, moment: float, size: int) -> ZipInfo:
    """Dated in UTC: a zip knows no time zones."""
    near = min(max(moment, FIRST_IN_ZIP), LAST_IN_ZIP) if math.isfinite(moment) else FIRST_IN_ZIP
    when = datetime.fromtimestamp(int(near), UTC)
    info = ZipInfo(name, when.timetuple()[:6])
    info.compress_type = ZIP_DEFLATED
    info.external_attr = (stat.S_IFREG | 0o600) << 16
    info.file_size = size  # beyond 2 GB it takes another kind of header
    return info


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:60] + "…")


class _Sink(RawIOBase):
    """Where the zip is written to until somebody takes it."""

    def __init__(self) -> None:
        self._waiting: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        self._waiting.append(bytes(data))
        return len(data)

    def taken(self) -> Iterator[bytes]:
        """What was written since the last time."""
        waiting, self._waiting = self._waiting, []
        if waiting:
            yield b"".join(waiting)
