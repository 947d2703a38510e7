"""Pictures to H.264 that every browser plays, one packet a picture, at their own times."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import av
import cv2
import numpy as np
from av.codec.context import Flags

from app.media.av_errors import AV_ERRORS
from app.media.coded import CodedPacket, CodedStream

KEY_SECONDS = 2.0
"""A clip can begin only at a key picture, and each costs as much as some ten others."""

TICKS = 90_000
"""Time stamps a second: MPEG's own; fine enough for any camera, and no frame rate has to be kept."""

_BT601 = 6  # SMPTE 170M: what cv2's conversion is; untagged, players guess BT.709 for large pictures
_LIMITED = 1  # 16..235
_KEY, _ANY = 1, 0  # AVPictureType: I, and let the encoder choose


class EncoderError(Exception):
    """The picture could not be encoded."""


def even_size(width: int, height: int, max_height: int) -> tuple[int, int]:
    """The size a picture of `width`×`height` is coded at: never higher than `max_height`, and even, which
    4:2:0 wants. Odd pictures lose their last column or row."""
    if height > max_height:
        width, height = round(width * max_height / height), max_height
    return max(2, width // 2 * 2), max(2, height // 2 * 2)


def fitted(bgr: np.ndarray[Any, Any], size: tuple[int, int]) -> np.ndarray[Any, Any]:
    """`bgr` at `size` (width, height): cut by a pixel, or scaled whole with black beside it."""
    width, height = size
    tall, wide = bgr.shape[:2]
    if 0 <= wide - width <= 1 and 0 <= tall - height <= 1:
        return bgr[:height, :width]
    scale = min(width / wide, height / tall)
    inner = min(width, max(1, round(wide * scale))), min(height, max(1, round(tall * scale)))
    small = cv2.resize(bgr, inner, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    if inner == size:
        return small
    left, top = (width - inner[0]) // 2, (height - inner[1]) // 2
    return cv2.copyMakeBorder(
        small, top, height - inner[1] - top, left, width - inner[0] - left, cv2.BORDER_CONSTANT
    )


class H264Encoder:
    """Encodes pictures of one size; others are scaled into it. Used by one thread.

    crf            x264's constant quality, 0..51; 6 more is half the bytes.
    max_kbit       a second, over any two seconds: noise at night must not fill the disk.
    fps            pictures a second, about. x264 reckons its limit by pictures, not by their times: were it to guess a
                   rate from the ticks, so little would be left for each that after minutes all of them were grey.
    """

    def __init__(self, size: tuple[int, int], *, crf: int, max_kbit: int, fps: float) -> None:
        """`size`: width and height, both even. Raises EncoderError."""
        self._size = size
        try:
            self._codec = codec = av.CodecContext.create("libx264", "w")
            codec.width, codec.height = size
            codec.pix_fmt = "yuv420p"
            codec.time_base = Fraction(1, TICKS)
            codec.framerate = Fraction(fps).limit_denominator(1000)
            codec.thread_count = 1  # the cores are the model's; a VGA picture takes milliseconds
            codec.gop_size = 1_000_000  # key pictures come by time, below
            codec.color_range = _LIMITED
            codec.colorspace = codec.color_primaries = codec.color_trc = _BT601
            codec.flags |= Flags.global_header
            codec.options = {
                # The least work, and each picture comes out as it goes in: nothing to flush, no B-frames.
                "preset": "ultrafast",
                "tune": "zerolatency",
                "crf": str(crf),
                "maxrate": f"{max_kbit}k",
                "bufsize": f"{2 * max_kbit}k",
                "forced-idr": "1",
            }
            codec.open()
            self.stream = CodedStream(bytes(codec.extradata or b""), *size)
        except AV_ERRORS as error:
            raise EncoderError(f"H.264 cannot be encoded here: {error}") from None
        self._last_tick = self._last_key = -(10**18)
        self._number = 0

    def encode(self, bgr: np.ndarray[Any, Any], time: float) -> list[CodedPacket]:
        """`bgr` (height × width × 3, uint8) taken at `time` (seconds, rising). Raises EncoderError."""
        tick = max(self._last_tick + 1, round(time * TICKS))
        key = tick - self._last_key >= KEY_SECONDS * TICKS
        try:
            picture = np.ascontiguousarray(fitted(bgr, self._size))
            # cv2 rather than FFmpeg's scaler: the same arithmetic in a fraction of the time.
            planes = cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_I420)
            frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            frame.pts, frame.time_base = tick, self._codec.time_base
            frame.pict_type = _KEY if key else _ANY
            coded = [(bytes(packet), packet.pts, packet.is_keyframe) for packet in self._codec.encode(frame)]
        except (*AV_ERRORS, cv2.error) as error:
            raise EncoderError(f"a picture could not be encoded: {error}") from None
        self._last_tick = tick
        if key:
            self._last_key = tick
        return [self._packet(data, tick if pts is None else pts, is_key) for data, pts, is_key in coded]

    def _packet(self, data: bytes, tick: int, key: bool) -> CodedPacket:
        number, self._number = self._number, self._number + 1
        return CodedPacket(self.stream, data, tick / TICKS, tick / TICKS, key, number)
