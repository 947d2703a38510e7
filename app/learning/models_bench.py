"""`pycam model bench`: how long a look takes here with each model, and how far each agrees with the largest.

The frames are the user's own: the kept samples, else the alerts' pictures. Without any it is noise, which costs the
same, and of which nothing can be said about agreement. What was measured is written beside the models, where `auto`
finds it (app/vision/notes.py).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import cv2
import numpy as np

from app.settings import Settings
from app.store.files import make_folder, write_whole
from app.vision.detector import PersonDetector
from app.vision.notes import BENCH, Speed, encode
from app.vision.person import ModelError, load_detector

Frame = np.ndarray[Any, np.dtype[np.uint8]]

MOST_FRAMES = 60
TIMED = 15  # looks at each model; all take turns, so that a busy moment of the machine falls on all


@dataclass(frozen=True, slots=True)
class Measured:
    """One model. `ms`: median of a whole look (preparing, network, decoding)."""

    name: str
    identity: str
    backend: str
    input_size: tuple[int, int]
    ms: float
    agrees: float | None
    """Share of the frames, 0..1, in which it says as the largest does whether somebody is there; None: no frames."""


def own_frames(data: Path, most: int = MOST_FRAMES) -> tuple[list[Frame], str]:
    """(frames, what they are): evenly spread over what is kept, oldest first; none if nothing is."""
    for kind, pattern in (("of your samples", "samples/*/*.jpg"), ("of your alerts", "events/*/*/alert.jpg")):
        paths = sorted(data.glob(pattern))
        frames = [
            frame
            for path in paths[:: max(1, len(paths) // most)][:most]
            if (frame := _read(path)) is not None
        ]
        if frames:
            return frames, f"{len(frames)} frames {kind}"
    return [], "made-up noise"


def measure(
    paths: Iterable[Path], frames: Sequence[Frame], settings: Settings, say: Callable[[str], None]
) -> list[Measured]:
    """Each usable model of `paths`, in this order. `say` hears of those that are not."""
    gates, person = [], settings.person
    for path in paths:
        try:
            gates.append(
                load_detector(path, min_score=person.min_score, threads=person.threads, night=person.night)
            )
        except ModelError as error:
            say(f"left out: {error}")
    if not gates:
        return []
    camera = settings.cameras[0]
    noise = np.random.default_rng(1).integers(
        0, 256, (camera.height_pixels, camera.width_pixels, 3), np.uint8
    )
    shown = list(frames) or [noise]
    took: list[list[float]] = [[] for _ in gates]
    for turn in range(TIMED):
        for gate, times in zip(gates, took, strict=True):
            began = time.perf_counter()
            gate.detect(shown[turn % len(shown)])
            times.append((time.perf_counter() - began) * 1e3)
    largest = max(gates, key=lambda gate: gate.input_size[0] * gate.input_size[1])
    truth = [bool(largest.detect(frame)) for frame in frames]
    return [
        Measured(
            gate.name,
            gate.identity,
            gate.backend,
            gate.input_size,
            median(times),
            _agreement(gate, frames, truth),
        )
        for gate, times in zip(gates, took, strict=True)
    ]


def keep(measured: Iterable[Measured], folder: Path) -> None:
    """Write down for `auto` what was measured. Raises DiskFull or OSError."""
    make_folder(folder)
    write_whole(folder / BENCH, encode({one.name: Speed(one.ms, one.identity) for one in measured}))


def _agreement(gate: PersonDetector, frames: Sequence[Frame], truth: Sequence[bool]) -> float | None:
    if not frames:
        return None
    same = sum(bool(gate.detect(frame)) is there for frame, there in zip(frames, truth, strict=True))
    return same / len(frames)


def _read(path: Path) -> Frame | None:
    """None for what is no picture: it is not fsynced, and a power cut may have left half of it."""
    try:
        data = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError:  # the store made room meanwhile
        return None
    frame = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    return None if frame is None else np.asarray(frame, np.uint8)
