"""Clips on the disk: written so that a power cut costs seconds, kept so that every browser plays them.

While it is recorded a clip is a *fragmented* MP4: whole up to its last fragment at any moment. In the end it is
packed anew, without encoding, into an ordinary one with its index in front (faststart), and only that gets the name
people see.
"""

from __future__ import annotations

import errno
import io
import os
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from app.media.av_errors import AV_ERRORS
from app.media.boxes import whole_length
from app.media.coded import CodedPacket, CodedStream
from app.media.encoder import TICKS

FRAGMENT_SECONDS = 2.0
"""What a power cut or a kill may cost at the end; also how often a growing clip is written to."""

SYNC_BYTES = 1_000_000
"""The kernel is made to write after so many: an SD card would otherwise get half a minute at once, and stall."""

_FRAGMENTED = {
    "movflags": "frag_keyframe+empty_moov+default_base_moof",
    "frag_duration": str(round(FRAGMENT_SECONDS * 1_000_000)),
    "flush_packets": "1",  # a finished fragment goes to the file at once, and a full disk is noticed there
}


class ClipError(Exception):
    """The clip cannot be written or read; the message is half a sentence fit for a person.

    `full`: the disk is.
    """

    def __init__(self, message: str, full: bool = False) -> None:
        super().__init__(message)
        self.full = full


class NothingRecorded(ClipError):
    """There is nothing in it that could be played."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip that is there. `packed`: with its index in front; else as it was recorded, which plays as well."""

    seconds: float
    bytes: int
    width: int
    height: int
    packed: bool


class ClipWriter:
    """Writes packets to `path`, fragment by fragment. Used by one thread."""

    def __init__(self, path: Path, stream: CodedStream, first: CodedPacket) -> None:
        """`first`: the key packet with which the clip begins; still to be given to `add`. Raises ClipError."""
        self._start = first.dts
        self._last_tick = -1
        self._unsynced = 0
        self._descriptor = -1
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
            # FFmpeg's own reading of the parameter sets fills in whatever a player may ask for.
            with av.open(io.BytesIO(stream.parameters + first.data), format="h264") as looked_at:
                template = looked_at.streams.video[0]
                self._container = av.open(str(path), "w", format="mp4", options=dict(_FRAGMENTED))
                self._stream = self._container.add_stream_from_template(template)
            self._stream.time_base = Fraction(1, TICKS)
            self._container.start_encoding()
        except AV_ERRORS as error:
            self._close_descriptor()
            raise _explained(error, "begun") from None

    def add(self, packet: CodedPacket) -> None:
        """Write one more, in decoding order. Raises ClipError; then only `close` is left to do."""
        # Whatever the camera's clock does, a clip's never stands still nor goes back.
        tick = max(self._last_tick + 1, round((packet.dts - self._start) * TICKS))
        later = max(0, round((packet.pts - packet.dts) * TICKS))
        self._last_tick = tick
        out = av.Packet(packet.data)
        out.stream, out.time_base = self._stream, Fraction(1, TICKS)
        out.dts, out.pts, out.is_keyframe = tick, tick + later, packet.key
        try:
            self._container.mux_one(out)
            self._unsynced += len(packet.data)
            if self._unsynced >= SYNC_BYTES:
                self._unsynced = 0
                os.fdatasync(self._descriptor)
        except AV_ERRORS as error:
            raise _explained(error, "written") from None

    def close(self) -> None:
        """Write what is left. Raises ClipError; what was written before stays."""
        try:
            self._container.close()
            os.fdatasync(self._descriptor)
        except AV_ERRORS as error:
            raise _explained(error, "written to its end") from None
        finally:
            self._close_descriptor()

    def _close_descriptor(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def finish(recorded: Path, clip: Path) -> Clip:
    """Make what was recorded the clip people see. `recorded` stays, for whoever has to remember that there is one.

    Cut off by a crash or a full disk, it is kept up to its last whole fragment. Without room for packing it anew
    it is kept as it is (and `recorded` is gone). Raises ClipError when nothing of it can be played.
    """
    packed = clip.with_name(f".{clip.name}.tmp")
    try:
        if not (whole := whole_length(recorded)):
            raise NothingRecorded("nothing was recorded before it ended")
        if whole < recorded.stat().st_size:
            os.truncate(recorded, whole)
        os.close(
            os.open(packed, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        )  # FFmpeg would let all read it
        seconds, size = _pack(recorded, packed)
        _sync(packed)
        packed.replace(clip)
        result = Clip(seconds, clip.stat().st_size, *size, packed=True)
    except AV_ERRORS as error:
        with suppress(OSError):
            packed.unlink(missing_ok=True)
        told = _explained(error, "kept")
        if not told.full:
            raise told from None
        result = _keep_as_it_is(recorded, clip)
    _sync(clip.parent)
    return result


def _keep_as_it_is(recorded: Path, clip: Path) -> Clip:
    try:
        seconds, size = _pack(recorded, None)
        recorded.replace(clip)
        return Clip(seconds, clip.stat().st_size, *size, packed=False)
    except AV_ERRORS as error:
        raise _explained(error, "kept") from None


def _pack(recorded: Path, packed: Path | None) -> tuple[float, tuple[int, int]]:
    """Copy the packets of `recorded` into `packed` (None: only look at them). (seconds, (width, height))."""
    target: Any = str(packed) if packed is not None else io.BytesIO()
    with av.open(f"file:{recorded.absolute()}", options={"protocol_whitelist": "file"}) as source:
        video = source.streams.video[0]
        size = video.codec_context.width, video.codec_context.height
        packets = (packet for packet in source.demux(video) if packet.dts is not None)
        first = next(packets, None)
        if first is None:
            raise ValueError("no picture in it")
        start, end = first.pts, first.pts
        options = {"movflags": "faststart"} if packed is not None else {}
        with av.open(target, "w", format="mp4" if packed is not None else "null", options=options) as out:
            stream = out.add_stream_from_template(video)
            before = None
            for packet in (first, *packets):
                # The last of a recording has no length of its own; as long as the one before it is the best guess.
                if before is not None and packet.duration * packet.time_base < Fraction(1, 1000):
                    packet.duration = before
                before = packet.duration
                start, end = min(start, packet.pts), max(end, packet.pts + (packet.duration or 0))
                packet.stream = stream
                out.mux_one(packet)
        return float((end - start) * video.time_base), size


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _explained(error: BaseException, done: str) -> ClipError:
    number = getattr(error, "errno", None)
    if number in (errno.ENOSPC, errno.EDQUOT):
        return ClipError("the disk is full", full=True)
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return ClipError(f"the clip could not be {done}: {reason}")
