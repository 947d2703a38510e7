"""The Unix socket on which a camera process shows its picture to this machine: live/<camera>.sock in the data folder.

    header: 4 bytes length of the JPEG, 8 bytes time of the frame (seconds since the epoch), network order
    then the JPEG, whole

One picture after the other, for as long as somebody is connected. Nothing is ever sent to the camera.
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from app.domain import CAMERA_NAME
from app.store.files import make_folder

_HEADER = struct.Struct("!Id")

MAX_BYTES = 16_000_000
"""A JPEG of 4K at the best quality is smaller: a longer one means that the two ends do not understand each other."""


class LivePicture(NamedTuple):
    """`time`: when the frame was taken, seconds since the epoch."""

    jpeg: bytes
    time: float


class NotLive(Exception):
    """The camera process shows nothing at present; the text says why."""


def packed(picture: LivePicture) -> bytes:
    """As it travels."""
    return _HEADER.pack(len(picture.jpeg), picture.time) + picture.jpeg


def listen(data: Path, camera: str) -> socket.socket:
    """The listening end; a socket that a dead process left is replaced. Raises DiskFull or OSError."""
    with _at(data, camera) as address:
        # Under another name first: who finds it under its own can connect.
        temporary = Path(f"{address}.new")
        temporary.unlink(missing_ok=True)
        listening = socket.socket(socket.AF_UNIX)
        try:
            listening.bind(str(temporary))
            temporary.chmod(0o600)
            listening.listen(4)
            temporary.replace(address)
        except BaseException:
            listening.close()
            raise
    return listening


@contextmanager
def watch(data: Path, camera: str, timeout: float) -> Iterator[Iterator[LivePicture]]:
    """Connect; pictures come until the camera ends. Raises NotLive, also after `timeout` seconds without a picture."""
    watching = socket.socket(socket.AF_UNIX)
    watching.settimeout(timeout)
    try:
        try:
            with _at(data, camera) as address:
                watching.connect(address)
        except OSError as error:
            raise NotLive("the camera process is not running") from error
        yield _pictures(watching)
    finally:
        watching.close()


def _pictures(watching: socket.socket) -> Iterator[LivePicture]:
    with watching.makefile("rb") as stream:
        while True:
            try:
                header = stream.read(_HEADER.size)
                if len(header) < _HEADER.size:
                    raise NotLive("the camera process has ended")
                length, time = _HEADER.unpack(header)
                if not 0 < length <= MAX_BYTES:
                    raise NotLive("what the camera process sends is no picture")
                jpeg = stream.read(length)
            except TimeoutError as error:
                raise NotLive("the camera gives no pictures") from error
            except OSError as error:
                raise NotLive("the camera process has ended") from error
            if len(jpeg) < length:
                raise NotLive("the camera process has ended")
            yield LivePicture(jpeg, time)


@contextmanager
def _at(data: Path, camera: str) -> Iterator[str]:
    """Its address. A socket's may have 107 bytes, a folder's path more: so by way of the folder's descriptor."""
    if not CAMERA_NAME.fullmatch(camera):
        raise ValueError("not a camera's name")
    folder = data / "live"
    make_folder(folder)
    descriptor = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{camera}.sock"
    finally:
        os.close(descriptor)
