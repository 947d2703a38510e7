"""One video stream through PyAV, decoded. Of the sources, this alone knows PyAV and its errors."""

from __future__ import annotations

import errno
import logging
import time
from collections.abc import Callable, Iterator
from typing import Any

import av
import numpy as np
from av.video.reformatter import VideoReformatter

from app.media.av_errors import AV_ERRORS
from app.media.sources.packet_tap import PacketTap
from app.media.sources.source import SourceError

log = logging.getLogger(__name__)

DAMAGED_IN_A_ROW = 500  # packets (20 s at 25 fps) that give no frame: it is not going to get better

TELL_DAMAGE_SECONDS = 600.0
"""The first damaged packet is logged at once, then how many there are so often: Wi-Fi cameras lose some all day."""

_MEANING: dict[int, str] = {
    errno.ENOENT: "is not there",
    errno.ENODEV: "is gone",
    errno.ENXIO: "is gone",
    errno.EACCES: "may not be opened by this user",
    errno.EBUSY: "is in use by another process",
    errno.ECONNREFUSED: "refuses the connection",
    errno.EHOSTUNREACH: "cannot be reached",
    errno.ENETUNREACH: "cannot be reached",
}


class VideoDecoder:
    """Opens `url` and gives its first video stream's frames.

    label     what the url is called in messages; the url itself may hold a password and is never shown.
    timeout   seconds for opening and for each read; None waits for ever (a local file).
    threads   FFmpeg's: "AUTO" is fastest, "SLICE" holds no frame back.
    permanent whether an error is of the lasting kind: it is for a file, it is not for a camera.
    tap       sees the stream once it is open, and every packet before it is decoded.
    """

    def __init__(
        self,
        url: str,
        label: str,
        *,
        container_format: str | None = None,
        options: dict[str, str] | None = None,
        timeout: float | None = None,
        threads: str = "AUTO",
        permanent: bool = False,
        tap: PacketTap | None = None,
    ) -> None:
        self._url, self._label = url, label
        self._format, self._options, self._timeout = container_format, options or {}, timeout
        self._threads, self._permanent = threads, permanent
        self._tap = tap
        self._container: Any = None
        self._stream: Any = None
        self._frames: Iterator[Any] = iter(())
        self._wanted: Callable[[], bool] | None = None
        # Kept: setting up swscale for every frame costs more than it takes to convert a small one.
        self._reformatter = VideoReformatter()
        self.damaged = 0
        """Packets and frames left out because they were damaged."""
        self._tell_damage_at = float("-inf")
        self.reached: float | None = None
        """Seconds up to which packets were read (their time stamps plus duration); None: no time stamps."""

    def open(self) -> None:
        """Open and look at the stream. SourceError."""
        self.reached = None
        try:
            self._container = av.open(
                self._url, format=self._format, options=self._options, timeout=self._timeout
            )
            videos = self._container.streams.video
            if not videos:
                raise SourceError(f"{self._label} has no picture in it", permanent=self._permanent)
            self._stream = videos[0]
            if self._stream.codec_context is None:
                raise SourceError(f"{self._label} is in a format FFmpeg cannot decode", permanent=True)
            self._stream.thread_type = self._threads
            if self._tap is not None:
                self._tap.open(self._stream)
        except AV_ERRORS as error:
            self.close()
            raise self._explained(error, "did not answer") from None
        except SourceError:
            self.close()
            raise
        self._frames = self._decoded()

    def next(self, wanted: Callable[[], bool] | None = None) -> Any:
        """The next decoded frame (an av.VideoFrame), None at the end. SourceError.

        wanted  asked before the work: what it refuses is not handed out and, where each picture stands alone
                (MJPEG), not even decoded.
        """
        self._wanted = wanted
        try:
            return next(self._frames, None)
        except AV_ERRORS as error:
            raise self._explained(error, "sent nothing") from None

    def to_bgr(self, frame: Any) -> np.ndarray:
        """`frame` as a fresh height × width × 3 uint8 array."""
        try:
            bgr = self._reformatter.reformat(frame, format="bgr24").to_ndarray()
        except AV_ERRORS as error:
            raise self._explained(error, "sent nothing") from None
        return np.ascontiguousarray(bgr)  # FFmpeg pads the rows of odd widths

    @property
    def duration(self) -> float | None:
        """Seconds the stream says it lasts (from its own first time stamp); None if it does not say."""
        stream = self._stream
        if stream is None or stream.duration is None:
            return None
        return float((stream.duration + (stream.start_time or 0)) * stream.time_base)

    @property
    def fps(self) -> float | None:
        """Frames a second as the stream says; None if it does not."""
        rate = self._stream.average_rate if self._stream is not None else None
        return float(rate) if rate else None

    def close(self) -> None:
        """Let go of the file, device or connection."""
        container, self._container, self._stream = self._container, None, None
        self._frames = iter(())
        if container is not None:
            container.close()

    def _decoded(self) -> Iterator[Any]:
        in_a_row = 0
        alone = self._stream.codec_context.codec.intra_only
        for packet in self._container.demux(self._stream):
            if self._tap is not None:
                self._tap.take(packet)
            if packet.pts is not None and packet.size:
                end = float((packet.pts + (packet.duration or 0)) * packet.time_base)
                self.reached = end if self.reached is None else max(self.reached, end)
            if alone and not self._is_wanted():
                continue
            try:
                frames = packet.decode()
            except av.FFmpegError:
                frames, whole = [], False
            else:
                whole = not any(frame.is_corrupt for frame in frames)
            if whole:
                in_a_row = 0
            else:
                self._left_out()
                in_a_row += 1
                if in_a_row >= DAMAGED_IN_A_ROW:
                    raise SourceError(
                        f"{self._label} sends nothing but damaged pictures", permanent=self._permanent
                    )
            for frame in frames:
                if not frame.is_corrupt and self._is_wanted():
                    yield frame

    def _left_out(self) -> None:
        self.damaged += 1
        now = time.monotonic()
        if now >= self._tell_damage_at:
            self._tell_damage_at = now + TELL_DAMAGE_SECONDS
            log.warning("%s: damaged pictures are left out, %d so far", self._label, self.damaged)

    def _is_wanted(self) -> bool:
        return self._wanted is None or self._wanted()

    def _explained(self, error: BaseException, when_silent: str) -> SourceError:
        """FFmpeg's error as one of ours. Only its kind is told: its text holds the url, password and all."""
        if isinstance(error, av.error.ExitError):  # PyAV's time-out
            return SourceError(f"{self._label} {when_silent} for {self._timeout:g} s")
        if isinstance(error, av.error.InvalidDataError):
            meaning = "is not a video, or is cut off or damaged"
        elif isinstance(error, av.error.HTTPUnauthorizedError | av.error.HTTPForbiddenError):
            meaning = "refuses the user name or password"
        elif isinstance(error, av.error.EOFError):
            meaning = "closed the connection"
        elif isinstance(error, av.FFmpegError | OSError) and error.errno in _MEANING:
            meaning = _MEANING[error.errno]
        elif isinstance(error, av.FFmpegError | OSError) and error.strerror:
            meaning = f"cannot be read: {error.strerror}"
        else:
            meaning = f"cannot be read ({type(error).__name__})"
        unsupported = isinstance(error, av.error.ProtocolNotFoundError | av.error.DemuxerNotFoundError)
        return SourceError(f"{self._label} {meaning}", permanent=self._permanent or unsupported)
