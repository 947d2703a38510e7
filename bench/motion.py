"""What a motion step costs beside its peers, the recipe pycam grew out of first: `python -m bench.motion`.

One thread, all detectors in turn on the same frames, blocks of consecutive frames from a pool larger than a
last-level cache, medians per block. Processor time, so that what else runs on the machine is not counted; it still
takes its share of the caches.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import av
import cv2

from app.vision.motion import MotionDetector, MotionSettings
from bench.footage import render
from bench.peers import Frame, Frigate, Recipe, knn, mog2

CLIP = Path(__file__).resolve().parents[2] / "shared" / "clips" / "three-visits.mp4"
SIZES = ((640, 480), (1280, 720), (1920, 1080))
POOL_BYTES = 110_000_000  # more than a last-level cache holds, so that frames come from memory as in life
BLOCK = 8
SECONDS_PER_SIZE = 7.0


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
            began = time.thread_time()
            for frame in block:
                step(frame)
            timings[name].append((time.thread_time() - began) / BLOCK * 1e6)
        if time.perf_counter() > end:
            return {name: median(values[1:] or values) for name, values in timings.items()}
    raise AssertionError("unreachable")


RECIPE, FRIGATE, FRIGATE_LUMA = "the recipe", "Frigate's", "Frigate's, of luma"
OURS, OURS_LUMA = "motion", "motion, of 160-wide luma"


def measure(width: int, height: int) -> dict[str, float]:
    """Microseconds a frame of this size, of each detector."""
    frames = pool(width, height)
    whole = [cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY) for frame in frames]
    small = [cv2.cvtColor(cv2.resize(f, (160, 160 * height // width)), cv2.COLOR_BGR2GRAY) for f in frames]
    return interleave(
        {
            RECIPE: (Recipe().step, frames),
            "MOG2, 320 wide": (mog2().step, frames),
            "KNN, 320 wide": (knn().step, frames),
            FRIGATE: (Frigate().step, frames),
            FRIGATE_LUMA: (Frigate().step, whole),
            OURS: (MotionDetector(MotionSettings()).step, frames),
            OURS_LUMA: (MotionDetector(MotionSettings()).step, small),
        }
    )


def main() -> None:
    cv2.setNumThreads(1)
    print(f"OpenCV {cv2.__version__}, one thread, µs per frame (ratio to the recipe)\n")
    sizes = [measure(width, height) for width, height in SIZES]
    print(f"{'':28}" + "".join(f"{f'{width}×{height}':>16}" for width, height in SIZES))
    for name in sizes[0]:
        cells = [f"{micros[name]:.0f} ({micros[name] / micros[RECIPE]:.3f})" for micros in sizes]
        print(f"{name:28}" + "".join(f"{cell:>16}" for cell in cells))
    for ours, theirs in ((OURS, FRIGATE), (OURS_LUMA, FRIGATE_LUMA)):
        print(f"{f'to {theirs}':28}" + "".join(f"{micros[ours] / micros[theirs]:>16.2f}" for micros in sizes))


if __name__ == "__main__":
    main()
