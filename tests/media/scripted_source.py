"""A source that does what a test tells it to, one step a read."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator

import numpy as np

from app.media.frame import Frame
from app.media.sources.source import OpenedByWith, SourceError


class Hang:
    """A call that does not come back until the test lets it."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.let_go = threading.Event()


Step = int | SourceError | Exception | Hang | None


class ScriptedSource(OpenedByWith):
    """Steps: a number is a frame with that index, an error is raised, a Hang hangs (then the next step is taken),
    None is the end. After the last step it waits until it is interrupted."""

    def __init__(self, steps: Iterable[Step], live: bool = True, opening: Step = 0) -> None:
        self._steps: Iterator[Step] = iter(steps)
        self._opening = opening
        self._interrupted = threading.Event()
        self.live = live
        self.opened = self.closed = 0

    def open(self) -> None:
        self.opened += 1
        self._take(self._opening)

    def read(self) -> Frame | None:
        for step in self._steps:
            if isinstance(step, Hang):
                self._take(step)
                continue
            number = self._take(step)
            return None if number is None else frame(number)
        self._interrupted.wait()
        return None

    def interrupt(self) -> None:
        self._interrupted.set()

    def close(self) -> None:
        self.closed += 1

    @staticmethod
    def _take(step: Step) -> int | None:
        if isinstance(step, Exception):
            raise step
        if isinstance(step, Hang):
            step.entered.set()
            step.let_go.wait()
            return None
        return step


def frame(index: int) -> Frame:
    return Frame(
        bgr=np.zeros((4, 4, 3), np.uint8), luma=None, time=float(index), media_time=float(index), index=index
    )
