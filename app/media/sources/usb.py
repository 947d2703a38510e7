"""A USB camera through Video4Linux."""

from __future__ import annotations

from pathlib import Path

from app.media.clock import Clock
from app.media.sources.decoder import VideoDecoder
from app.media.sources.live import LiveSource
from app.media.sources.source import SourceError

READ_TIMEOUT_SECONDS = 10.0


class UsbSource(LiveSource):
    """device  /dev/video0, or better /dev/v4l/by-id/…, which stays the same when the plugs are changed round.
    size       width × height to ask for; the driver takes the nearest it has.
    fps        frames a second, asked of the driver and kept to here if it gives more.

    A camera that is not plugged in is an error worth retrying. A driver may hang in a read: Linux has no
    time-out for that, so the reader keeps watch.
    """

    def __init__(
        self, device: Path, *, size: tuple[int, int], fps: float, clock: Clock | None = None
    ) -> None:
        self._device, self._size, self._fps = device, size, fps
        super().__init__(self._decoder_for("mjpeg"), f"USB camera {device}", fps=fps, clock=clock)

    def open(self) -> None:
        """Open the device. SourceError (retriable)."""
        if not self._device.exists():
            raise SourceError(f"{self._label} is not plugged in")
        if not self._device.is_char_device():
            raise SourceError(f"{self._label} is not a camera device", permanent=True)
        try:
            # MJPEG first: raw YUYV at 1280×720 and 30 fps is more than USB 2 carries.
            self._decoder = self._decoder_for("mjpeg")
            super().open()
        except SourceError:
            # Some cameras have no MJPEG; whatever else is wrong comes up again here.
            self._decoder = self._decoder_for(None)
            super().open()

    def _decoder_for(self, input_format: str | None) -> VideoDecoder:
        width, height = self._size
        options = {"video_size": f"{width}x{height}", "framerate": f"{self._fps:g}"}
        if input_format:
            options["input_format"] = input_format
        return VideoDecoder(
            str(self._device),
            f"USB camera {self._device}",
            container_format="v4l2",
            options=options,
            timeout=READ_TIMEOUT_SECONDS,
            threads="SLICE",
        )
