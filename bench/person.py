"""What one look of the person gate costs, per model and engine: `python -m bench.person [FOLDER]`.

One thread, one 768×432 frame, everything that `detect` does: preparing, network, decoding. All pairs take turns, so
that a busy moment of the machine falls on all of them; the figure is the median. The ratio is to the full YOLOX-nano
on `cv2.dnn`, what one would have without cutting and without onnxruntime.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

import av
import cv2
import numpy as np

from app.vision.backends import OpenCvDnn, onnx_backends
from app.vision.person import MODEL_FILES, ModelError, PersonDetector, load_detector
from app.vision.ranking import best_first

SHARED = Path(__file__).resolve().parents[2] / "shared"
BASELINE = ("yolox_nano.onnx", OpenCvDnn.name)
ROUNDS = 25


def frame() -> np.ndarray[Any, np.dtype[np.uint8]]:
    """A man in a room if the clip is there; else noise, which costs the same but for the boxes."""
    clip = SHARED / "clips" / "three-visits.mp4"
    if clip.is_file():
        with av.open(str(clip)) as container:
            for one in container.decode(video=0):
                if one.time is not None and one.time >= 12:
                    return one.to_ndarray(format="bgr24")
    return np.random.default_rng(1).integers(0, 256, (432, 768, 3), np.uint8)


def detectors(folders: list[Path]) -> list[PersonDetector]:
    """Every usable model of the folders on every engine that is installed."""
    found = []
    for path in best_first(path for folder in folders if folder.is_dir() for path in folder.iterdir()):
        for backend in onnx_backends():
            try:
                found.append(load_detector(path, backend=backend, threads=1))
            except ModelError as error:
                print(f"left out: {error}", file=sys.stderr)
    return found


def main() -> int:
    cv2.setNumThreads(1)
    folders = [Path(word) for word in sys.argv[1:]] or [SHARED / "models", MODEL_FILES]
    gates = detectors(folders)
    if not gates:
        print(
            f"No person model in {' or '.join(map(str, folders))}: get one with `pycam model fetch`",
            file=sys.stderr,
        )
        return 1
    picture = frame()
    times: list[list[float]] = [[] for _ in gates]
    for _ in range(ROUNDS):
        for gate, taken in zip(gates, times, strict=True):
            start = time.perf_counter()
            gate.detect(picture)
            taken.append((time.perf_counter() - start) * 1e3)
    medians = [median(taken) for taken in times]
    known = [(gate.name, gate.backend) for gate in gates]
    baseline = medians[known.index(BASELINE)] if BASELINE in known else None
    print(f"{'model':36} {'engine':12} {'ms':>6}  ratio   OpenCV {cv2.__version__}")
    for gate, ms in zip(gates, medians, strict=True):
        ratio = f"{ms / baseline:5.2f}" if baseline else "    –"
        print(f"{gate.name:36} {gate.backend:12} {ms:6.1f}  {ratio}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
