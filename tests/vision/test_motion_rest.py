"""While somebody is being followed, not every frame is looked at."""

from __future__ import annotations

from itertools import islice, pairwise
from typing import Any

import numpy as np
import pytest

from app.vision.guards import Found, Guards
from app.vision.mask import Plane
from app.vision.motion import MotionDetector, MotionSettings
from bench.footage import FIRST_VISIT, render

Frame = np.ndarray[Any, np.dtype[np.uint8]]

WIDTH, HEIGHT = 320, 240
WALL = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Grows by one with each look."""
    seen: list[bool] = []
    look = Guards.look

    def counted(self: Guards, plane: Plane, moving: bool) -> Found:
        seen.append(moving)
        return look(self, plane, moving)

    monkeypatch.setattr(Guards, "look", counted)
    return seen


def visitor(x: int) -> Frame:
    """Somebody dark before the wall, so far from its left edge."""
    frame = WALL.copy()
    frame[80:200, x : x + 40] = 20
    return frame


def looked(eye: MotionDetector, frames: list[Frame], looks: list[bool]) -> list[bool]:
    """For each frame, whether it was looked at."""
    answers = []
    for frame in frames:
        before = len(looks)
        eye.step(frame)
        answers.append(len(looks) > before)
    return answers


def settled(frames_per_second: float) -> MotionDetector:
    eye = MotionDetector(MotionSettings(), frames_per_second=frames_per_second)
    for _ in range(int(4 * frames_per_second)):
        eye.step(WALL)
    return eye


WALK = [visitor(x) for x in range(10, 210, 10)]


def test_a_quiet_place_is_looked_at_with_every_frame(looks: list[bool]) -> None:
    assert all(looked(settled(10), [WALL] * 20, looks))


def test_who_is_followed_is_looked_at_with_every_other_frame(looks: list[bool]) -> None:
    at = looked(settled(10), WALK, looks)
    assert all(at[:3])
    assert sum(at[5:15]) == 5


def test_a_resting_frame_repeats_the_answer_before_it() -> None:
    eye = settled(10)
    answers = [eye.step(frame) for frame in WALK]
    assert all(answer.moving for answer in answers)
    rested = [(one, other) for one, other in pairwise(answers) if other.rested]
    assert len(rested) >= 7
    assert all(one.boxes == other.boxes and not one.rested for one, other in rested)


@pytest.mark.parametrize(("frames_per_second", "looked_at"), [(5, 10), (7, 10), (10, 5), (30, 5)])
def test_of_few_frames_a_second_none_rests_and_of_many_no_more_than_every_other(
    frames_per_second: float, looked_at: int, looks: list[bool]
) -> None:
    at = looked(settled(frames_per_second), WALK, looks)
    assert sum(at[5:15]) == looked_at


def test_who_has_left_is_gone_with_the_next_look() -> None:
    eye = settled(10)
    for frame in WALK:
        eye.step(frame)
    assert [eye.step(WALL).moving for _ in range(4)][1:] == [False] * 3


def test_a_camera_that_is_moved_is_heard_on_a_resting_frame_too(looks: list[bool]) -> None:
    for rest in range(2):
        eye = settled(10)
        for frame in WALK[: 8 + rest]:
            eye.step(frame)
        eye.reseed()
        assert eye.step(WALL).reseeded
        assert not any(eye.step(WALL).moving for _ in range(20))


def test_a_new_frame_size_is_noticed_on_a_resting_frame_too() -> None:
    for rest in range(2):
        eye = settled(10)
        for frame in WALK[: 8 + rest]:
            eye.step(frame)
        assert eye.step(np.full((120, 160), 90, np.uint8)).reseeded


def test_who_is_only_suspected_is_looked_for_with_every_frame(looks: list[bool]) -> None:
    """A false start costs a look a frame: what was seen once or twice is not believed to be there still."""
    eye = settled(10)
    assert all(looked(eye, [WALK[0], WALL, WALK[0], WALL, WALK[1], WALL], looks))


@pytest.mark.parametrize("luma", [False, True])
def test_resting_loses_no_moment_of_a_visit(luma: bool) -> None:
    eye = MotionDetector(MotionSettings())
    missed = []
    for number, (frame, truth) in enumerate(islice(render("visits", 3, WIDTH, HEIGHT), FIRST_VISIT + 60)):
        moving = eye.step(np.ascontiguousarray(frame[..., 1]) if luma else frame).moving
        if truth == "1" and not moving:
            missed.append(number)
    assert len(missed) <= 3
