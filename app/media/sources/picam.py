"""The Raspberry Pi's own camera, through picamera2."""

from __future__ import annotations

import concurrent.futures
from typing import Any

import numpy as np

from app.media.clock import Clock, SystemClock
from app.media.frame import Frame
from app.media.sources.source import OpenedByWith, SourceError

LUMA_WIDTH = 160  # what the motion step works on; the Pi's image processor scales to it for nothing
READ_TIMEOUT_SECONDS = (
    10.0  # libcamera's own "camera frontend has timed out" comes after 1–5 s and is only logged
)

NOT_INSTALLED = (
    "picamera2 is not installed: install python3-picamera2 with apt "
    "and make the venv with --system-site-packages"
)

PICAMERA_ERRORS = (
    RuntimeError,
    OSError,
    ValueError,
    LookupError,
    TimeoutError,
    concurrent.futures.TimeoutError,
)


class PiCameraSource(OpenedByWith):
    """number  0 for the first camera, 1 for the second.
    size       width × height of the picture; even numbers.
    fps        frames a second; the sensor is told, so there is nothing to drop.

    Each frame has a `luma` plane about 160 wide, scaled by the image processor from the same exposure.
    """

    live = True

    def __init__(self, number: int, *, size: tuple[int, int], fps: float, clock: Clock | None = None) -> None:
        self._number, self._size, self._fps = number, size, fps
        self._clock = clock or SystemClock()
        self._label = f"Pi camera {number}"
        self._camera: Any = None
        self._luma_size = (0, 0)
        self._opened = 0.0
        self._index = 0

    def open(self) -> None:
        """Take the camera and start it. SourceError; permanent when picamera2 is absent."""
        try:
            from picamera2 import Picamera2  # noqa: PLC0415  only a Pi has it, and it takes a second to import
        except ImportError:
            raise SourceError(NOT_INSTALLED, permanent=True) from None
        except ValueError as error:  # "numpy.dtype size changed": pip's numpy under apt's picamera2
            raise SourceError(f"picamera2 does not fit this numpy: {error}", permanent=True) from None
        width, height = self._size
        luma_width = min(LUMA_WIDTH, width)
        luma_size = (luma_width, 2 * round(luma_width * height / width / 2))
        microseconds = round(1_000_000 / self._fps)
        try:
            if len(Picamera2.global_camera_info()) <= self._number:
                raise SourceError(f"{self._label} was not found: check its cable")
            self._camera = Picamera2(self._number)
            self._camera.configure(
                self._camera.create_video_configuration(
                    main={"format": "RGB888", "size": self._size},  # libcamera's name for B, G, R in memory
                    lores={"format": "YUV420", "size": luma_size},
                    controls={"FrameDurationLimits": (microseconds, microseconds)},
                    display=None,
                    encode=None,
                )
            )
            self._luma_size = self._camera.camera_configuration()["lores"]["size"]
            self._camera.start()
        except PICAMERA_ERRORS as error:
            raise SourceError(f"{self._label} does not start: {error}") from None
        self._opened = self._clock.monotonic()
        self._index = 0

    def read(self) -> Frame | None:
        """The next frame. SourceError when none comes in 10 s or libcamera fails."""
        if self._camera is None:
            raise SourceError(f"{self._label} is not open")
        try:
            request = self._camera.capture_request(wait=False).get_result(timeout=READ_TIMEOUT_SECONDS)
            try:
                bgr: np.ndarray = request.make_array("main")
                planes: np.ndarray = request.make_array("lores")
            finally:
                request.release()  # the camera has few buffers and stops when all are lent out
        except (TimeoutError, concurrent.futures.TimeoutError):
            raise SourceError(f"{self._label} sent nothing for {READ_TIMEOUT_SECONDS:g} s") from None
        except PICAMERA_ERRORS as error:
            raise SourceError(f"{self._label} failed: {error}") from None
        width, height = self._luma_size
        frame = Frame(
            bgr=bgr,
            luma=np.ascontiguousarray(planes[:height, :width]),  # rows are padded; U and V follow below
            time=self._clock.time(),
            media_time=self._clock.monotonic() - self._opened,
            index=self._index,
        )
        self._index += 1
        return frame

    def interrupt(self) -> None:
        """Nothing to do: the wait in `read` ends by its time-out."""

    def close(self) -> None:
        """Stop the camera and let others have it."""
        camera, self._camera = self._camera, None
        if camera is not None:
            try:
                camera.close()
            except PICAMERA_ERRORS as error:
                raise SourceError(f"{self._label} does not let go: {error}") from None
