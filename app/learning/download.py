"""One file over HTTP or from a folder: resumed, retried, and never under its final name before it is verified."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

import requests

from app.learning.catalogue import Version

Progress = Callable[[str, int, int], None]
"""Called with (file name, bytes so far, bytes in all) as a file comes in."""

_CHUNK_BYTES = 16 * 1024  # a dropped connection loses the chunk that was under way
_CONTENT_RANGE = re.compile(r"bytes (\d+)-")


class FetchError(Exception):
    """A model cannot be had. The message is one sentence for people."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for a server. Time-outs in seconds; the wait doubles after each try that brought nothing."""

    connect_seconds: float = 10.0
    read_seconds: float = 30.0
    """Silence of this length is a dropped connection; a slow one keeps sending something."""
    tries: int = 5
    first_wait_seconds: float = 1.0
    sleep: Callable[[float], None] = time.sleep


class _Dropped(Exception):
    """The server may do better next time. The message says what happened."""


class _WrongContent(Exception):
    """What came is whole but is not what was asked for."""


def matches(path: Path, versions: Sequence[Version]) -> bool:
    """True if `path` holds exactly one of the versions. Raises OSError other than its absence."""
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        return False
    accepted = {version.sha256 for version in versions if version.size == size}
    if not accepted:
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() in accepted


def copy(source: Path, target: Path, versions: Sequence[Version], progress: Progress) -> None:
    """Copy a file of a mirror folder to `target` if it is one of `versions`. Raises FetchError."""
    part = _part_of(target)
    with _disk_errors(target):
        try:
            reader = source.open("rb")
        except OSError as error:
            raise FetchError(
                f"The mirror has no readable {target.name} ({source}: {error.strerror})"
            ) from error
        with reader, part.open("wb") as writer:
            total = os.fstat(reader.fileno()).st_size
            while chunk := reader.read(_CHUNK_BYTES):
                writer.write(chunk)
                progress(target.name, writer.tell(), total)
            _sync(writer)
        try:
            _accept(part, target, versions)
        except _WrongContent as error:
            raise FetchError(f"{source} is not the {target.name} of the catalogue ({error})") from None


def download(
    url: str, target: Path, versions: Sequence[Version], progress: Progress, patience: Patience | None = None
) -> None:
    """Download `url` to `target` if it is one of `versions`; what an earlier try left in .part is continued.

    Raises FetchError; after a dropped connection the .part stays for the next try, after wrong content it goes.
    """
    with _disk_errors(target), requests.Session() as session:
        _Download(session, url, target, versions, progress, patience or Patience()).run()


@dataclass
class _Download:
    """`run` retries, `_receive` works."""

    session: requests.Session
    url: str
    target: Path
    versions: Sequence[Version]
    progress: Progress
    patience: Patience

    def __post_init__(self) -> None:
        self.part = _part_of(self.target)
        self.max_bytes = max(version.size for version in self.versions)

    def run(self) -> None:
        """Raises FetchError, OSError."""
        place, name = _shown(self.url), self.target.name
        leftover = (
            self.part.exists()
        )  # of unknown origin, so wrong content may be its fault and not the server's
        best = _size(self.part)
        failures = 0
        while True:
            try:
                if not matches(self.part, self.versions):
                    self._receive()
                _accept(self.part, self.target, self.versions)
            except _WrongContent as error:
                if not leftover:
                    raise FetchError(f"{place} is not the {name} of the catalogue ({error})") from None
                leftover = False
                best = 0
            except _Dropped as error:
                # Only a try that brought nothing new counts: a bad line that crawls forward gets there.
                failures = 1 if _size(self.part) > best else failures + 1
                best = max(best, _size(self.part))
                if failures >= self.patience.tries:
                    hint = "; run it again, it continues where it stopped" if self.part.exists() else ""
                    raise FetchError(f"{name} could not be downloaded from {place}: {error}{hint}") from None
                self.patience.sleep(self.patience.first_wait_seconds * 2 ** (failures - 1))
            else:
                return

    def _receive(self) -> None:
        """Add to the .part what it lacks. Raises _Dropped, _WrongContent, FetchError, OSError."""
        have = _size(self.part)
        headers = {"Accept-Encoding": "identity"}  # offsets and sizes are those of the file itself
        if have:
            headers["Range"] = f"bytes={have}-"
        timeout = (self.patience.connect_seconds, self.patience.read_seconds)
        try:
            with self.session.get(self.url, headers=headers, stream=True, timeout=timeout) as answer:
                resumed = self._check(answer, have)
                length = answer.headers.get("Content-Length", "")
                expected = (have if resumed else 0) + int(length) if length.isdecimal() else None
                if expected and expected > self.max_bytes:
                    self.part.unlink(missing_ok=True)
                    raise _WrongContent(_sizes_differ(expected, self.versions))
                with self.part.open("ab" if resumed else "wb") as file:
                    for chunk in answer.iter_content(_CHUNK_BYTES):
                        file.write(chunk)
                        self.progress(self.target.name, file.tell(), expected or self.max_bytes)
                        if file.tell() > self.max_bytes:
                            break  # _accept will refuse it; no need to see how much more there is
                    _sync(file)
        except requests.Timeout:
            raise _Dropped("the server does not answer") from None
        except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema):
            raise FetchError(f"{_shown(self.url)} is not a usable URL") from None
        except requests.RequestException as error:
            raise _Dropped("the server cannot be reached, or dropped the connection") from error
        if _size(self.part) < (expected or 0):
            raise _Dropped("the connection dropped")

    def _check(self, answer: requests.Response, have: int) -> bool:
        """True if the body continues after `have` bytes, False if it begins at the beginning.

        A server that ignores Range answers 200 and begins at the beginning; so do we then.
        """
        status = f"{answer.status_code} {answer.reason}"
        if answer.status_code == HTTPStatus.OK:
            return False
        if answer.status_code == HTTPStatus.PARTIAL_CONTENT:
            start = _CONTENT_RANGE.match(answer.headers.get("Content-Range", ""))
            if start and int(start[1]) == have:
                return True
            self.part.unlink(missing_ok=True)
            raise _Dropped("the server continued at the wrong place")
        if answer.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            self.part.unlink(missing_ok=True)
            raise _Dropped("the server has less than an earlier try had received")
        if answer.status_code == HTTPStatus.TOO_MANY_REQUESTS or answer.status_code >= 500:
            raise _Dropped(f"the server answers {status}")
        raise FetchError(f"{_shown(self.url)} answers {status}")


def _accept(part: Path, target: Path, versions: Sequence[Version]) -> None:
    """Give a verified `part` its final name; delete any other. Raises _WrongContent."""
    if not matches(part, versions):
        size = _size(part)
        known = any(version.size == size for version in versions)
        wrong = "its SHA-256 differs" if known else _sizes_differ(size, versions)
        part.unlink(missing_ok=True)
        raise _WrongContent(wrong)
    part.replace(target)


def _sizes_differ(size: int, versions: Sequence[Version]) -> str:
    return f"{size:,} bytes instead of {' or '.join(f'{version.size:,}' for version in versions)}"


def _part_of(target: Path) -> Path:
    return target.with_name(target.name + ".part")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _sync(file: BinaryIO) -> None:
    """Before the rename: else a power cut could leave the final name on an empty file."""
    file.flush()
    os.fsync(file.fileno())


def _shown(url: str) -> str:
    """The URL without user, password and query: what may stand in a message."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}{parts.path}"


@contextmanager
def _disk_errors(target: Path) -> Iterator[None]:
    """Translate what the disk refuses into a sentence."""
    try:
        yield
    except requests.RequestException:  # is an OSError too, but not the disk's
        raise
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            _part_of(target).unlink(missing_ok=True)  # a full disk must not stay full on our account
            raise FetchError(f"The disk is full: {target.name} does not fit into {target.parent}") from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise FetchError(
                f"{target.parent} may not be written to: choose another folder with --to"
            ) from error
        raise FetchError(f"{target.name} cannot be written to {target.parent} ({error.strerror})") from error
