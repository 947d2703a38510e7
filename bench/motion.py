"""What a motion step costs beside the recipe pycam grew out of: `python -m bench.motion`.

One thread, both detectors in turn on the same frames, blocks of consecutive frames from a pool larger than a
last-level cache, medians per block. The baseline is the recipe as it was: 500 pixels wide by area averaging,
grey, Gaussian 21×21, float64 running average, difference, threshold, two dilations, contours.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import av
import cv2
import numpy as np

from app.vision.motion import MotionDetector, MotionSettings
from bench.footage import render

CLIP = Path(__file__).resolve().parents[2] / "shared" / "clips" / "three-visits.mp4"
SIZES = ((640, 480), (1280, 720), (1920, 1080))
POOL_BYTES = 110_000_000  # more than a last-level cache holds, so that frames come from memory as in life
BLOCK = 8
SECONDS_PER_SIZE = 5.0

Frame = np.ndarray[Any, np.dtype[np.uint8]]


class Recipe:
    """The baseline: what the ancestor of pycam did to every frame."""

    def __init__(self) -> None:
        self._average: np.ndarray[Any, np.dtype[np.float64]] | None = None

    def step(self, frame: Frame) -> float:
        height, width = frame.shape[:2]
        small = cv2.resize(frame, (500, height * 500 // width), interpolation=cv2.INTER_AREA)
        grey = cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), (21, 21), 0)
        if self._average is None:
            self._average = grey.astype(np.float64)
            return 0.0
        cv2.accumulateWeighted(grey, self._average, 0.1)
        difference = cv2.absdiff(grey, cv2.convertScaleAbs(self._average))
        mask = cv2.threshold(difference, 5, 255, cv2.THRESH_BINARY)[1]
        mask = cv2.dilate(mask, None, iterations=2)
        contours = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)[-2]
        return max((cv2.contourArea(contour) for contour in contours), default=0.0)


def pool(width: int, height: int) -> list[Frame]:
    """Consecutive frames of a person walking in, from the clip if it is there, else rendered."""
    count = max(40, POOL_BYTES // (width * height * 3))
    if not CLIP.exists():
        return [frame for frame, _ in itertools.islice(render("visits", 1, width, height), 40, 40 + count)]
    with av.open(str(CLIP)) as clip:
        pictures = itertools.islice(clip.decode(video=0), 40, 40 + count)
        return [cv2.resize(picture.to_ndarray(format="bgr24"), (width, height)) for picture in pictures]


def interleave(contenders: dict[str, tuple[Callable[[Frame], object], Sequence[Frame]]]) -> dict[str, float]:
    """Median microseconds per frame of each contender, run block by block in turn."""
    timings: dict[str, list[float]] = {name: [] for name in contenders}
    end = time.perf_counter() + SECONDS_PER_SIZE
    for start in itertools.count(0, BLOCK):
        for name, (step, frames) in contenders.items():
            block = [frames[(start + offset) % len(frames)] for offset in range(BLOCK)]
            began = time.perf_counter()
            for frame in block:
                step(frame)
            timings[name].append((time.perf_counter() - began) / BLOCK * 1e6)
        if time.perf_counter() > end:
            return {name: median(values[1:] or values) for name, values in timings.items()}
    raise AssertionError("unreachable")


def main() -> None:
    cv2.setNumThreads(1)
    print(f"OpenCV {cv2.__version__}, one thread, µs per frame (ratio to the recipe)")
    print(f"{'':12}{'recipe':>10}{'motion, BGR':>18}{'motion, 160-wide luma':>26}")
    for width, height in SIZES:
        frames = pool(width, height)
        luma = [cv2.cvtColor(cv2.resize(f, (160, 160 * height // width)), cv2.COLOR_BGR2GRAY) for f in frames]
        micros = interleave(
            {
                "recipe": (Recipe().step, frames),
                "bgr": (MotionDetector(MotionSettings()).step, frames),
                "luma": (MotionDetector(MotionSettings()).step, luma),
            }
        )
        base = micros["recipe"]
        cells = [f"{micros[name]:.0f} ({micros[name] / base:.3f})" for name in ("bgr", "luma")]
        print(f"{f'{width}×{height}':12}{base:>10.0f}{cells[0]:>18}{cells[1]:>26}")


if __name__ == "__main__":
    main()
