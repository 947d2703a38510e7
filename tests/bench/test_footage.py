"""The made-up footage shows what its scenes promise, and its truth says so."""

from __future__ import annotations

from functools import cache
from itertools import islice, pairwise

import numpy as np
import pytest

from bench.footage import HARD_SCENES, SCENES, render
from bench.footage_camera import pan_margin, panned
from bench.footage_scenes import FRAMES
from bench.motion_score import visits

SIZE = (160, 120)
QUIET = [name for name, scene in (SCENES | HARD_SCENES).items() if not scene.contrasts]


@cache
def truth(scene: str) -> str:
    return "".join(mark for _, mark in render(scene, 1, *SIZE))


@pytest.mark.parametrize("scene", [*SCENES, *HARD_SCENES])
def test_the_same_scene_and_seed_give_the_same_frames_and_another_seed_gives_others(scene: str) -> None:
    one, again, other = (list(islice(render(scene, seed, *SIZE), 3)) for seed in (1, 1, 2))
    for (frame, mark), (same, same_mark), (different, _) in zip(one, again, other, strict=True):
        assert (frame.shape, frame.dtype) == ((120, 160, 3), np.uint8)
        assert mark == same_mark
        assert np.array_equal(frame, same)
        assert not np.array_equal(frame, different)


def test_scenes_do_not_share_their_randomness() -> None:
    first = [next(render(scene, 1, *SIZE))[0].tobytes() for scene in SCENES | HARD_SCENES]
    assert len(set(first)) == len(first)


@pytest.mark.parametrize("scene", ["moths", "pan", "infrared"])
def test_where_nobody_comes_the_truth_is_nobody(scene: str) -> None:
    assert scene in QUIET
    assert truth(scene) == "0" * FRAMES


@pytest.mark.parametrize("scene", ["night snow, visits", "grainy night, visits", "contrast 8, visits"])
def test_where_people_come_each_visit_has_a_clear_part_and_there_is_quiet_between(scene: str) -> None:
    marks = truth(scene)
    assert len(marks) == FRAMES
    assert len(visits(marks)) >= 3
    assert marks.count("0") > FRAMES / 4


def test_somebody_who_stands_for_a_minute_does_and_the_scene_lasts_until_they_are_gone() -> None:
    marks = truth("a minute's stand")
    assert "1" + "-" * 600 + "1" in marks
    assert marks.endswith("0" * 50)


def test_somebody_who_is_already_there_is_so_in_the_first_frame() -> None:
    assert truth("already there").startswith("-" * 80)


def test_the_infrared_lamp_makes_the_picture_grey_and_daylight_makes_it_coloured_again() -> None:
    frames = [frame for frame, _ in render("infrared", 1, *SIZE)]
    blue_to_red = [frame[:, :, 2].mean() / frame[:, :, 0].mean() for frame in frames]
    assert min(blue_to_red[:130]) > 1.05
    assert max(blue_to_red[160:290]) < 1.02
    assert min(blue_to_red[330:]) > 1.05
    assert frames[200].mean() > 1.5 * frames[100].mean()


def test_nobody_counts_while_the_camera_turns_or_settles() -> None:
    marks = truth("pan, visits")
    turning = [number for number in range(FRAMES) if panned(number, SIZE[0])[1]]
    assert turning
    assert all(marks[number] != "1" for number in turning)


def test_a_pan_goes_as_far_as_there_is_room_and_comes_back() -> None:
    places = [panned(number, 640)[0] for number in range(FRAMES)]
    assert (min(places), max(places)) == (0, pan_margin(640))
    assert places[109] == places[260] == 0
    assert places[200] == pan_margin(640)
    assert max(abs(b - a) for a, b in pairwise(places)) <= 5


def test_a_compressed_stream_leaves_most_blocks_as_they_were_between_key_frames() -> None:
    frames = [frame for frame, _ in islice(render("grainy night", 1, *SIZE), 22)]
    kept = [np.mean(np.all(a == b, axis=2)) for a, b in pairwise(frames)]
    assert all(share > 0.5 for share in kept[:19])
    assert kept[19] < 0.1  # the key frame
