"""What network and USB cameras share: frames that come when they come."""

from __future__ import annotations

from app.media.clock import Clock, SystemClock
from app.media.frame import Frame
from app.media.sources.decoder import VideoDecoder
from app.media.sources.packet_tap import PacketTap
from app.media.sources.rate import RateCap
from app.media.sources.source import OpenedByWith, SourceError


class LiveSource(OpenedByWith):
    """At most `fps` frames a second of `decoder`. A stream that ends is an error: a camera has no end."""

    live = True

    def __init__(
        self,
        decoder: VideoDecoder,
        label: str,
        *,
        fps: float,
        clock: Clock | None = None,
        tap: PacketTap | None = None,
    ) -> None:
        self._decoder, self._label, self._fps, self._tap = decoder, label, fps, tap
        self._clock = clock or SystemClock()
        self._cap = RateCap(fps)
        self._opened = 0.0
        self._index = 0

    @property
    def damaged(self) -> int:
        """Packets and frames left out because they were damaged."""
        return self._decoder.damaged

    def open(self) -> None:
        """Reach the camera. SourceError."""
        self._decoder.open()
        self._cap = RateCap(self._fps)
        self._opened = self._clock.monotonic()
        self._index = 0

    def read(self) -> Frame | None:
        """The next frame that the cap lets through. SourceError when none comes or the stream ends."""
        picture = self._decoder.next(lambda: self._cap.due(self._clock.monotonic()))
        if picture is None:
            raise SourceError(f"{self._label} ended the stream")
        now = self._clock.monotonic()
        self._cap.take(now)
        frame = Frame(
            bgr=self._decoder.to_bgr(picture),
            luma=None,
            time=self._clock.time(),
            media_time=now - self._opened,
            index=self._index,
            stream=self._tap.stream if self._tap is not None else None,
            packets=self._tap.taken(self._opened) if self._tap is not None else (),
        )
        self._index += 1
        return frame

    def interrupt(self) -> None:
        """Nothing to do: every wait here is FFmpeg's and ends by its time-out."""

    def close(self) -> None:
        """Hang up."""
        self._decoder.close()
