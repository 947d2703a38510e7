"""One picture and when it was taken: what every source hands out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


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
    """

    bgr: np.ndarray
    luma: np.ndarray | None
    time: float
    media_time: float
    index: int
