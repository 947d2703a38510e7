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


def striped(x: int) -> Frame:
    """A `visitor` in a coat of stripes, so that whoever turns in it is not taken for standing."""
    frame = visitor(x)
    for stripe in range(0, 40, 16):
        frame[80:200, x + stripe : x + stripe + 8] = 60
    return frame


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Grows by one with each look."""
    seen: list[bool] = []
    look = Guards.look

    def counted(self: Guards, plane: Plane, moving: bool, rested: bool) -> Found:
        seen.append(moving)
        return look(self, plane, moving, rested)

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
"""As fast as a frame is wide in three seconds."""
TURN = [striped(x) for x in (100, 104, 108, 104) * 9]
"""To and fro on the spot."""


def test_a_quiet_place_is_looked_at_with_every_frame(looks: list[bool]) -> None:
    assert all(looked(settled(10), [WALL] * 20, looks))


def test_who_is_followed_on_the_spot_is_looked_at_with_every_sixth_frame(looks: list[bool]) -> None:
    at = looked(settled(10), TURN[:21], looks)
    assert at == [True, True, True, *([False] * 5 + [True]) * 3]


def test_who_walks_on_is_looked_at_again_at_the_glance_in_the_middle(looks: list[bool]) -> None:
    at = looked(settled(10), WALK[:18], looks)
    assert at == [True, True, True, *([False] * 2 + [True]) * 5]


def test_a_resting_frame_repeats_the_answer_before_it() -> None:
    eye = settled(10)
    answers = [eye.step(frame) for frame in WALK]
    assert all(answer.moving for answer in answers)
    rested = [(one, other) for one, other in pairwise(answers) if other.rested]
    assert len(rested) >= 10
    assert all(one.boxes == other.boxes and one.area_percent == other.area_percent for one, other in rested)


def test_boxes_are_never_in_the_pixels_of_another_size() -> None:
    eye = settled(10)
    for frame in TURN[:5]:
        eye.step(frame)
    before, after = eye.step(TURN[5]), eye.step(TURN[6], (2 * WIDTH, 2 * HEIGHT))
    assert before.rested
    assert after.boxes[0].h == 2 * before.boxes[0].h


def test_who_asks_for_a_look_gets_one(looks: list[bool]) -> None:
    eye = settled(10)
    looked(eye, TURN, looks)
    for number, frame in enumerate(TURN):
        asked = number % 4 == 1
        before = len(looks)
        assert eye.step(frame, look=asked).rested == (len(looks) == before)
        assert len(looks) > before or not asked


@pytest.mark.parametrize(
    ("frames_per_second", "looked_at"), [(1, 18), (5, 18), (7, 18), (9, 3), (10, 3), (15, 2), (30, 1)]
)
def test_of_few_frames_a_second_none_rests_and_on_the_spot_all_but_two_a_second(
    frames_per_second: float, looked_at: int, looks: list[bool]
) -> None:
    eye = settled(frames_per_second)
    assert all(looked(eye, TURN[:3], looks))
    assert sum(looked(eye, TURN[3:21], looks)) == looked_at


def test_who_has_left_is_gone_with_the_glance() -> None:
    for resting in range(12):
        eye = settled(10)
        for frame in TURN[: 3 + resting]:
            eye.step(frame)
        assert [eye.step(WALL).moving for _ in range(6)][2:] == [False] * 4


def test_a_second_visitor_elsewhere_is_found_within_half_a_second() -> None:
    eye = settled(10)
    for frame in TURN[:12]:
        eye.step(frame)
    both = [np.minimum(frame, visitor(240)) for frame in TURN[:6]]
    assert len([eye.step(frame).boxes for frame in both][-1]) == 2


def test_light_that_fails_in_a_rest_is_noticed_at_the_glance(looks: list[bool]) -> None:
    eye = settled(10)
    for frame in TURN[:12]:
        eye.step(frame)
    assert looked(eye, [frame // 2 for frame in TURN[:4]], looks).index(True) < 3


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


@pytest.mark.parametrize("step", [0, 5])
@pytest.mark.parametrize("frames_per_second", [1, 2, 5, 10, 30])
def test_what_is_put_down_joins_the_scene_after_still_seconds(frames_per_second: float, step: int) -> None:
    """At any rate, and also where a look is asked for now and then, which breaks off rests."""
    eye = MotionDetector(MotionSettings(still_seconds=10), frames_per_second=frames_per_second)
    for _ in range(max(12, int(4 * frames_per_second))):
        eye.step(WALL)
    moved = [
        eye.step(visitor(100), look=bool(step) and number % step == 0).moving
        for number in range(int(20 * frames_per_second))
    ]
    assert sum(moved) / frames_per_second == pytest.approx(10, abs=2)


@pytest.mark.parametrize("wide", [8, 10, 14])
def test_a_narrow_walker_in_rain_that_has_just_begun_is_not_lost(wide: int) -> None:
    """A median of planes with rests between them would have her in one of three."""
    rng = np.random.default_rng(4)
    wall = np.full((120, 160), 90, np.uint8)
    eye = MotionDetector(MotionSettings())
    for _ in range(40):
        eye.step(wall)
    seen = []
    for number in range(30):
        frame = wall.copy()
        frame[40:100, 10 + 4 * number : 10 + 4 * number + wide] = 20
        for x, y in rng.integers((0, 0), (156, 108), (12 if number >= 8 else 0, 2)):
            frame[y : y + 9, x : x + 3] = 130
        seen.append(eye.step(frame))
    assert all(motion.moving for motion in seen[1:])
    assert (
        sum(motion.rested for motion in seen[12:]) <= 6
    )  # of 18, in which each is wanted while drops are many
