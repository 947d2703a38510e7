"""How long a look takes with a model that nobody measured on this machine: found out once, and kept.

`auto` then takes the largest model that keeps up without anybody having to ask for it. `pycam model bench` measures
the same at leisure, on the user's own frames, and takes its place.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from app.store.files import DiskFull, make_folder, write_whole
from app.vision.detector import PersonDetector
from app.vision.notes import BENCH, Speed, encode, read_notes

log = logging.getLogger(__name__)

_LOOKS = 10


def stopwatch(
    folder: Path, frame_size: tuple[int, int], *, clock: Callable[[], float] = time.perf_counter
) -> Callable[[PersonDetector], float]:
    """What measures a detector (milliseconds a look at a frame of (width, height) pixels) and notes it in `folder`.

    A disk that does not take the note is a line in the log: the next start measures again.
    """
    width, height = frame_size
    # Noise: the most work there is, since it is smoothed like a picture by night.
    noise = np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)

    def measure(detector: PersonDetector) -> float:
        took = []
        for _ in range(_LOOKS):
            began = clock()
            detector.detect(noise)
            took.append(clock() - began)
        # The fastest: while everything starts at once the others say how busy the machine is, and that passes.
        ms = 1000 * min(took)
        log.info("a look with %s takes %.0f ms here", detector.name, ms)
        try:
            make_folder(folder)
            known = {**read_notes([folder]).speeds, detector.name: Speed(ms, detector.identity)}
            write_whole(folder / BENCH, encode(known))
        except (DiskFull, OSError) as error:
            log.warning(
                "how fast %s is cannot be kept, the next start measures again: %s", detector.name, error
            )
        return ms

    return measure
