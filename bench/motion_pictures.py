"""The pictures of docs/motion.md, one a stage of the motion step: `python -m bench.motion_pictures [FOLDER]`.

They show what the detector really holds while it looks at one frame of made-up footage: a visitor before a tree in
the wind. The stages are its own buffers, so a change of the detector changes the pictures.
"""

from __future__ import annotations

import copy
import sys
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from app.vision.motion import MotionDetector, MotionSettings
from bench.footage import render

SCENE, SEED, FRAME = "leafy visits", 1, 158
"""A moment at which the visitor is in the middle of the picture and the tree is in motion."""

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "pictures" / "motion"
PLANE_SCALE = 3
"""A plane of 160×120 pixels, each of them as a square of this many."""

MOST_BYTES = 60_000
LEVELS_SHOWN = 40.0
"""This many grey levels of difference (or of limit) are white: the ones that decide are between 5 and 40."""

GREEN = (80, 220, 120)  # BGR
JPEG = {".jpg": (int(cv2.IMWRITE_JPEG_QUALITY), 85)}

Image = np.ndarray[Any, np.dtype[np.uint8]]


def stages() -> dict[str, Image]:
    """File name -> picture."""
    detector = MotionDetector(MotionSettings())
    frames = (frame for frame, _ in islice(render(SCENE, SEED), FRAME + 1))
    frame = next(frames)
    for following in frames:
        detector.step(frame)
        frame = following
    before = copy.deepcopy(detector)  # `step` learns at its end; what it compared with is what is shown
    motion = detector.step(frame)
    plane = before._stillness.next_plane()
    before._shrink(frame, plane)
    before._background.compare(plane)
    if not before._foreground.find(before._background.exceeded) or not motion.moving or before._resting:
        raise SystemExit(f"nothing is seen to move in frame {FRAME} of {SCENE!r}: choose another")
    return {
        "1-frame.jpg": frame,
        "2-plane.jpg": _enlarged(plane),
        "3-background.jpg": _enlarged(before._background._expected),
        "4-difference.png": _heat(before._background.difference),
        "5-limit.png": _heat(before._background.limit),
        "6-exceeded.png": _enlarged(before._foreground.opened()),
        "7-grown.png": _with_contours(detector._foreground.busy, motion.area_percent),
        "8-boxes.jpg": _boxed(frame, motion.boxes),
    }


def _enlarged(plane: Image) -> Image:
    size = (plane.shape[1] * PLANE_SCALE, plane.shape[0] * PLANE_SCALE)
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_NEAREST), np.uint8)


def _heat(levels: Image) -> Image:
    """Grey levels in steps of 4, dark to bright: fewer shades, a smaller file."""
    shown = np.clip(levels.astype(np.float32) / LEVELS_SHOWN * 255, 0, 255).astype(np.uint8) // 16 * 17
    return np.asarray(cv2.applyColorMap(_enlarged(shown), cv2.COLORMAP_INFERNO), np.uint8)


def _with_contours(grown: Image, area_percent: float) -> Image:
    """Each blob with its outline, the biggest with its share of the frame."""
    large = _enlarged(grown)
    picture = cv2.cvtColor(large // 3, cv2.COLOR_GRAY2BGR)
    contours = cv2.findContours(large, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)[-2]
    cv2.drawContours(picture, contours, -1, GREEN, 2)
    x, y, width, _height = cv2.boundingRect(max(contours, key=cv2.contourArea))
    where = (min(x + width + 4, large.shape[1] - 90), y + 14)
    cv2.putText(picture, f"{area_percent:.1f} %", where, cv2.FONT_HERSHEY_SIMPLEX, 0.5, GREEN, 1)
    return np.asarray(picture, np.uint8)


def _boxed(frame: Image, boxes: list[Any]) -> Image:
    picture = frame.copy()
    for x, y, width, height in boxes:
        cv2.rectangle(picture, (x, y), (x + width, y + height), GREEN, 2)
    return picture


def main() -> int:
    """Write them; the exit code."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for name, picture in stages().items():
        ok, data = cv2.imencode(Path(name).suffix, picture, JPEG.get(Path(name).suffix, ()))
        if not ok or data.size > MOST_BYTES:
            print(f"{name} would have {data.size:,} bytes, more than {MOST_BYTES:,}", file=sys.stderr)
            return 1
        (folder / name).write_bytes(data.tobytes())
        print(f"{name:18}{data.size:>8,} bytes")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
