"""A frame as a JPEG, and whether bytes are a whole one."""

from __future__ import annotations

import cv2
import numpy as np


def encode_jpeg(bgr: np.ndarray, quality: int = 80) -> bytes:
    """`bgr` (height × width × 3, uint8) as JPEG bytes; quality 1..100. ValueError if it is no such picture."""
    if bgr.dtype != np.uint8 or bgr.ndim != 3 or bgr.shape[2] != 3 or bgr.size == 0:
        raise ValueError(f"not a height × width × 3 uint8 picture: {bgr.shape} {bgr.dtype}")
    if not 1 <= quality <= 100:
        raise ValueError(f"JPEG quality is 1..100, not {quality}")
    done, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError(f"OpenCV could not encode {bgr.shape}")
    return data.tobytes()


def is_whole_jpeg(data: bytes) -> bool:
    """Start-of-image and end-of-image are both there.

    Decoders take half a file for a whole picture with a grey lower part, so this is asked before a JPEG
    that somebody else wrote or sent is passed on.
    """
    return len(data) > 4 and data.startswith(b"\xff\xd8\xff") and data.endswith(b"\xff\xd9")
