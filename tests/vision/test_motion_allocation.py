"""A step of motion allocates no plane: what it needs was there from the first frame on."""

from __future__ import annotations

import tracemalloc
from itertools import islice

import cv2
import pytest

from app.vision.motion import MotionDetector, MotionSettings
from bench.footage import FIRST_VISIT, render

WIDTH, HEIGHT = 320, 240
LEAST_PLANE_BYTES = 160 * 120
SETTLED = 20  # frames until the scene is learned


def most_bytes_allocated(scene: str, first: int, *, luma: bool) -> tuple[int, bool]:
    """The most that was held at once beyond what was held before, in any step from frame `first` on; and whether
    anything moved in them."""
    frames = [frame for frame, _ in islice(render(scene, 3, WIDTH, HEIGHT), first + 60)]
    if luma:
        frames = [cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY) for frame in frames]
    detector = MotionDetector(MotionSettings())
    for frame in frames[:first]:
        detector.step(frame)
    moved, most = False, 0
    tracemalloc.start()  # numpy tells it of every array, OpenCV's results included
    try:
        for frame in frames[first:]:
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            moved |= detector.step(frame).moving
            most = max(most, tracemalloc.get_traced_memory()[1] - before)
    finally:
        tracemalloc.stop()
    return most, moved


@pytest.mark.parametrize("luma", [False, True])
@pytest.mark.parametrize("scene", ["day", "clouds"])
def test_watching_a_quiet_place_allocates_nothing_of_size(scene: str, luma: bool) -> None:
    most, moved = most_bytes_allocated(scene, SETTLED, luma=luma)
    assert not moved
    assert most < LEAST_PLANE_BYTES / 4


@pytest.mark.parametrize("luma", [False, True])
@pytest.mark.parametrize("scene", ["visits", "standing visits"])
def test_seeing_somebody_allocates_no_more_than_their_outline(scene: str, luma: bool) -> None:
    most, moved = most_bytes_allocated(scene, FIRST_VISIT, luma=luma)
    assert moved
    assert most < LEAST_PLANE_BYTES / 4
