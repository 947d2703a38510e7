"""Frames, a detector and a source made for tests: somebody bright walks through a grey room."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from app.domain import Box, Detection
from app.media.frame import Frame
from app.media.sources import SourceError
from app.media.sources.source import OpenedByWith
from app.vision.modelfile import ModelError

START = 1_700_000_000.0


def picture(person_at: int | None, size: tuple[int, int] = (320, 240)) -> np.ndarray[Any, Any]:
    """A grey room, and a person 50 pixels wide whose left side is at `person_at`."""
    bgr = np.full((size[1], size[0], 3), 90, np.uint8)
    if person_at is not None:
        bgr[60:200, person_at : person_at + 50] = 230
    return bgr


def footage(visits: Iterable[tuple[float, float]], seconds: float, start: float = START) -> Iterator[Frame]:
    """Ten frames a second."""
    visits = list(visits)
    for index in range(round(seconds * 10)):
        time = index / 10
        there = any(came <= time < left for came, left in visits)
        bgr = picture(int(time * 40) % 260 if there else None)
        yield Frame(bgr=bgr, luma=None, time=start + time, media_time=time, index=index)


class Portrait:
    """A detector that takes anything bright for a person; `hold` makes it hang until `release` is set."""

    name, min_score = "portrait.onnx", 0.5
    input_size = (416, 320)
    skipped: tuple[ModelError, ...] = ()

    def __init__(self, *, hold: bool = False) -> None:
        self.asked = 0
        self.release = threading.Event()
        if not hold:
            self.release.set()

    def detect(self, frame: np.ndarray[Any, Any], region: Box | None = None) -> list[Detection]:
        self.asked += 1
        self.release.wait(60)
        ys, xs = np.nonzero(frame[:, :, 0] > 200)
        if not len(xs):
            return []
        return [Detection(Box(int(xs.min()), int(ys.min()), int(np.ptp(xs)) + 1, int(np.ptp(ys)) + 1), 0.9)]


class ClipSource(OpenedByWith):
    """Frames from memory, each waited for, like a clip."""

    live = False

    def __init__(self, frames: Iterable[Frame], error: SourceError | None = None) -> None:
        self._frames, self._error = iter(frames), error

    def open(self) -> None:
        """Always there."""

    def read(self) -> Frame | None:
        frame = next(self._frames, None)
        if frame is None and self._error is not None:
            raise self._error
        return frame

    def interrupt(self) -> None:
        """Never waits."""

    def close(self) -> None:
        """Nothing to let go of."""
