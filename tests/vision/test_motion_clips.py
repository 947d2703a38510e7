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


@pytest.mark.parametrize("start_s", [7.0, 18.5, 23.5, 44.0, 51.0, 69.0])
def test_everybody_is_seen_walking_in_and_walking_out(start_s: float) -> None:
    assert share("three-visits.mp4", 10, start_s, start_s + 2) == 1


def test_a_worker_in_view_since_the_first_frame_is_seen_after_the_warm_up() -> None:
    assert share("worker.mp4", 15, 0.8, 4.7) == 1


def test_a_hand_is_seen_and_bottles_are_not() -> None:
    assert share("hand-and-bottles.mp4", 30, 4, 8) > 0.95
    assert share("hand-and-bottles.mp4", 30, 9, 10) == 0


def test_traffic_is_motion_all_the_time() -> None:
    assert share("road-cars.mp4", 25, 0.8, 29) > 0.95
