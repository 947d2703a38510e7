"""A recorded clip."""

from __future__ import annotations

import stat
import threading
from pathlib import Path
from typing import Any

from app.media.clock import Clock, SystemClock
from app.media.frame import Frame
from app.media.sources.decoder import VideoDecoder
from app.media.sources.source import OpenedByWith, SourceError

CUT_OFF_SECONDS = 0.5  # a stream this much shorter than it says was cut off; encoders' rounding is far less
FPS_UNKNOWN = 25.0  # raw streams without time stamps do not say; a common rate


class FileSource(OpenedByWith):
    """A video file, each frame once and in order.

    loop                  start again at the end, for ever.
    as_fast_as_possible   do not wait for a frame's time to come.

    A file that is missing, empty, not a video or cut off raises a permanent SourceError: at the start where
    that shows, else after the last good frame. Damaged packets in the middle are left out and counted.
    """

    live = False

    def __init__(
        self, path: Path, *, loop: bool = False, as_fast_as_possible: bool = False, clock: Clock | None = None
    ) -> None:
        self._path, self._loop, self._paced = path, loop, not as_fast_as_possible
        self._clock = clock or SystemClock()
        self._interrupted = threading.Event()
        # "file:" and an absolute path: FFmpeg takes "concat:…" or "http:…" for a protocol otherwise. The
        # list keeps a playlist that calls itself .mp4 from reaching into the network.
        self._decoder = VideoDecoder(
            f"file:{path.absolute()}",
            path.name,
            options={"protocol_whitelist": "file"},
            permanent=True,
        )
        self._index = 0
        self._opened_at = self._started = 0.0
        self._round_start = self._media_time = 0.0
        self._first_pts: float | None = None
        self._in_round = 0

    @property
    def damaged(self) -> int:
        """Packets and frames left out because they were damaged."""
        return self._decoder.damaged

    def open(self) -> None:
        """Open the file. SourceError (permanent)."""
        try:
            about = self._path.stat()
        except FileNotFoundError:
            raise SourceError(f"{self._path} does not exist", permanent=True) from None
        except OSError as error:  # a closed folder on the way, a disk that is gone
            raise SourceError(f"{self._path} cannot be reached: {error.strerror}", permanent=True) from None
        if not stat.S_ISREG(about.st_mode):
            raise SourceError(f"{self._path} is not a file", permanent=True)
        if about.st_size == 0:
            raise SourceError(f"{self._path.name} is empty (0 bytes)", permanent=True)
        self._decoder.open()
        self._index = 0
        self._opened_at, self._started = self._clock.time(), self._clock.monotonic()
        self._begin_round(0.0)

    def read(self) -> Frame | None:
        """The next frame when its time has come; None at the end. SourceError if the file is cut off."""
        while (picture := self._decoder.next()) is None:
            self._end_round()
            if not self._loop:
                return None
            self._decoder.close()
            self._decoder.open()
            self._begin_round(self._round_start + self._media_time + 1 / (self._decoder.fps or FPS_UNKNOWN))
        self._media_time = self._media_time_of(picture)
        self._in_round += 1
        played = self._round_start + self._media_time
        if self._paced:
            self._clock.wait(self._interrupted, self._started + played - self._clock.monotonic())
        frame = Frame(
            bgr=self._decoder.to_bgr(picture),
            luma=None,
            time=self._opened_at + played,
            media_time=self._media_time,
            index=self._index,
        )
        self._index += 1
        return frame

    def interrupt(self) -> None:
        """Any thread: stop waiting for a frame's time."""
        self._interrupted.set()

    def close(self) -> None:
        """Close the file."""
        self._decoder.close()

    def _begin_round(self, start: float) -> None:
        """`start`: seconds of play before this round of the loop."""
        self._round_start, self._media_time = start, 0.0
        self._first_pts = None
        self._in_round = 0

    def _end_round(self) -> None:
        """No frame is left. SourceError if there should have been."""
        if self._in_round == 0:
            raise SourceError(f"{self._path.name} has no frame that can be decoded", permanent=True)
        reached, duration = self._decoder.reached, self._decoder.duration
        if reached is not None and duration is not None and reached < duration - CUT_OFF_SECONDS:
            raise SourceError(
                f"{self._path.name} is cut off: it ends after {reached:.1f} s of {duration:.1f} s",
                permanent=True,
            )

    def _media_time_of(self, picture: Any) -> float:
        """Seconds from the first frame; never less than the frame before, whatever the file says."""
        if picture.time is None:
            return self._in_round / (self._decoder.fps or FPS_UNKNOWN)
        if self._first_pts is None:
            self._first_pts = picture.time
        return max(self._media_time, float(picture.time) - self._first_pts)
