"""Motion on real footage, where it lies beside the project."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from app.vision.motion import MotionDetector, MotionSettings

CLIPS = Path(__file__).resolve().parents[3] / "shared" / "clips"


def frames(path: Path) -> Iterator[np.ndarray[Any, Any]]:
    with av.open(str(path)) as clip:
        for picture in clip.decode(video=0):
            yield picture.to_ndarray(format="bgr24")


@cache
def moving(name: str, frames_per_second: int) -> list[bool]:
    path = CLIPS / name
    if not path.exists():
        pytest.skip(f"no clip {name} beside the project")
    eye = MotionDetector(MotionSettings(), frames_per_second=frames_per_second)
    return [eye.step(frame).moving for frame in frames(path)]


def share(name: str, frames_per_second: int, start_s: float, end_s: float) -> float:
    """How much of the time between two moments there was motion, 0..1."""
    answers = moving(name, frames_per_second)[
        int(start_s * frames_per_second) : int(end_s * frames_per_second)
    ]
    return sum(answers) / len(answers)


@pytest.mark.parametrize(("start_s", "end_s"), [(0, 5.5), (21.8, 22.4), (47.2, 49.7)])
def test_the_room_is_quiet_before_and_between_visits(start_s: float, end_s: float) -> None:
    assert share("three-visits.mp4", 10, start_s, end_s) == 0


@pytest.mark.parametrize("start_s", [7.0, 17.8, 23.5, 43.0, 51.0, 67.7])  # gone at 19.9, 44.9 and 70.0 s
def test_everybody_is_seen_walking_in_and_walking_out(start_s: float) -> None:
    assert share("three-visits.mp4", 10, start_s, start_s + 2) == 1


def test_a_worker_in_view_since_the_first_frame_is_seen_after_the_warm_up() -> None:
    assert share("worker.mp4", 15, 0.8, 4.7) == 1


def test_frames_that_move_are_frames_in_which_somebody_walks() -> None:
    """Nobody's ghost: of the frames that move, 95 % show somebody who walks in or out.

    The first and last moments of each of three visits count, seen frame by frame; what comes between (somebody who
    stands), and the shadow that stays for a second after them, counts for neither side. The empty room's first five
    seconds are played four times, back and forth, before.
    """
    truth = ["empty"] * 720
    for first, last in ((61, 197), (227, 447), (502, 698)):
        truth[first : last + 13] = ["either"] * (last + 13 - first)
        truth[first + 1 : first + 22] = ["walking"] * 21
        truth[last - 13 : last - 1] = ["walking"] * 12
    path = CLIPS / "three-visits.mp4"
    if not path.exists():
        pytest.skip("no clip three-visits.mp4 beside the project")
    clip = list(frames(path))
    eye = MotionDetector(MotionSettings())
    for frame in (clip[49::-1] + clip[:50]) * 2:
        eye.step(frame)
    moved = [mark for frame, mark in zip(clip, truth, strict=True) if eye.step(frame).moving]
    assert moved.count("walking") == truth.count("walking")
    assert moved.count("walking") / (moved.count("walking") + moved.count("empty")) >= 0.95


def test_a_hand_is_seen_and_bottles_are_not() -> None:
    assert share("hand-and-bottles.mp4", 30, 5.7, 8) > 0.95  # out of view until then, for half a second
    assert share("hand-and-bottles.mp4", 30, 4.2, 5.5) < 0.05  # only the camera's own exposure wavers
    assert share("hand-and-bottles.mp4", 30, 9.2, 10) == 0  # gone at 7.4, and its shadow learned by then


def test_traffic_is_motion_all_the_time() -> None:
    assert share("road-cars.mp4", 25, 0.8, 29) > 0.95
