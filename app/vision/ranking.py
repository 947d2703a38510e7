"""Which of several model files is the best one to try. Pure: names in, order out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,100}")
"""What a model's file may be called where its name is chosen: never a path."""

_CUT = re.compile(r"yolox_nano_person_(\d+)x(\d+)\.onnx")

# Why this order. Measured on one x86 core (1,362 images, best-F1 threshold; F1, ms per 768×432 frame with
# onnxruntime): cut 416×320 .923 at 13.3, cut 320×256 .911 at 8.9, full 416×416 .925 at 15.2, cut 256×192 .906 at
# 5.5. The full model's .002 more F1 costs 15 % (with cv2.dnn 46 %) over the large cut, so it comes after the cuts
# that are close to it, and before the small one, which loses people who are far away. Unknown ONNX files
# (SSDs, somebody's own) were not measured; Caffe is last because not every OpenCV reads it.
_LARGE_CUT, _FULL, _SMALL_CUT, _OTHER_ONNX, _CAFFE = range(5)

_SMALLEST_LARGE_CUT = 320 * 256
"""Pixels of the smallest cut that is preferred to the full model."""


_EVERYTHING = "yolox_nano.onnx"
"""The only one known that tells dogs from cars; the cuts know people only."""


def best_first(paths: Iterable[Path], *, chosen: str | None = None, only_people: bool = True) -> list[Path]:
    """The model files among `paths`, best first; equal ones stay in the order in which they came.

    First the one whose name is `chosen`. Unless `only_people`, the one with all classes follows.
    """

    def key(path: Path) -> tuple[bool, bool, int, int]:
        everything = not only_people and path.name == _EVERYTHING
        return path.name != chosen, not everything, *_rank(path)

    return sorted((path for path in paths if is_model(path)), key=key)


def is_model(path: Path) -> bool:
    """Whether its name is that of a model file."""
    return path.suffix in (".onnx", ".caffemodel") and not path.name.startswith(".")


def _rank(path: Path) -> tuple[int, int]:
    if cut := _CUT.fullmatch(path.name):
        pixels = int(cut[1]) * int(cut[2])
        return (_LARGE_CUT if pixels >= _SMALLEST_LARGE_CUT else _SMALL_CUT), -pixels
    if path.name == _EVERYTHING:
        return _FULL, 0
    return (_CAFFE if path.suffix == ".caffemodel" else _OTHER_ONNX), 0
