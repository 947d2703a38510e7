"""One picture and when it was taken: what every source hands out."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from app.media.coded import CodedPacket, CodedStream

MAX_PACKETS = 2_000
"""Behind one frame: more than a minute of a camera, should nobody take a frame for so long."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Compared by identity: two frames are never 'equal', and comparing pixels by accident is slow.

    bgr         height × width × 3, uint8; this frame's own memory, free to be kept.
    luma        a small height × width uint8 plane of the same moment and field of view, when the source
                makes one at no cost (the Pi camera does); else None.
    time        seconds since the epoch. Live: when the frame arrived. Clip: when it was opened, plus its
                own time stamps, so that a clip played faster than life keeps its own pace.
    media_time  seconds into the clip (starts again with each round of a looped one); live: since opening.
    index       counts the frames this source handed out since it was opened, from 0.
    stream      what the camera itself sends, where that can be kept as it comes; None: it has to be encoded.
    packets     what came of `stream` since the frame before; times as `media_time`.
    """

    bgr: np.ndarray
    luma: np.ndarray | None
    time: float
    media_time: float
    index: int
    stream: CodedStream | None = None
    packets: tuple[CodedPacket, ...] = ()

    def in_place_of(self, older: Frame) -> Frame:
        """This frame when `older` was never looked at: its packets are not lost with its picture."""
        if not older.packets:
            return self
        return replace(self, packets=(older.packets + self.packets)[-MAX_PACKETS:])
