"""When a frame needs a look, a glance, or nothing."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from app.vision.follow import Follow, Need

PLANE = np.zeros((12, 16), np.uint8)


class Scene:
    """So many pixels differ from it."""

    def __init__(self) -> None:
        self.pixels = 100

    def beyond_limit(self, _plane: object, _window: object) -> int:
        return self.pixels


def following(fps: float = 10) -> tuple[Follow, Scene]:
    """Somebody of 5 % of the frame, seen in three looks."""
    scene = Scene()
    follow = Follow(cast(Any, scene), cast(Any, SimpleNamespace(window=(slice(0, 12), slice(0, 16)))), fps)
    for _ in range(3):
        assert follow.next_needs() is Need.LOOK
        follow.looked(PLANE, moving=True, area_percent=5.0)
    return follow, scene


def needs(follow: Follow, frames: int) -> list[Need]:
    return [follow.next_needs() for _ in range(frames)]


REST = [Need.NOTHING, Need.NOTHING, Need.GLANCE, Need.NOTHING, Need.NOTHING, Need.LOOK]


def test_after_three_looks_come_two_turns_of_rest_with_a_glance_between() -> None:
    follow, _ = following()
    assert needs(follow, 6) == REST
    follow.looked(PLANE, moving=True, area_percent=5.0)
    assert needs(follow, 6) == REST


@pytest.mark.parametrize(("area_percent", "rests"), [(5.0, True), (3.6, True), (3.4, False), (0.5, False)])
def test_who_gets_clearly_smaller_leaves_and_is_looked_at(area_percent: float, rests: bool) -> None:
    follow, _ = following()
    needs(follow, 6)
    follow.looked(PLANE, moving=True, area_percent=area_percent)
    assert (follow.next_needs() is not Need.LOOK) == rests


def test_a_look_that_finds_nothing_begins_anew() -> None:
    follow, _ = following()
    needs(follow, 6)
    follow.looked(PLANE, moving=False, area_percent=5.0)
    for _ in range(3):
        assert follow.next_needs() is Need.LOOK
        follow.looked(PLANE, moving=True, area_percent=5.0)
    assert follow.next_needs() is Need.NOTHING


@pytest.mark.parametrize(
    ("pixels", "there"), [(100, True), (80, True), (79, False), (130, True), (131, False), (0, False)]
)
def test_as_much_has_to_be_there_at_the_glance(pixels: int, there: bool) -> None:
    follow, scene = following()
    scene.pixels = pixels
    assert follow.is_there(PLANE) == there


def test_a_new_scene_is_looked_at() -> None:
    follow, _ = following()
    follow.restart()
    assert follow.next_needs() is Need.LOOK


@pytest.mark.parametrize(
    ("fps", "rest", "glance"), [(1, 0, 0), (8, 0, 0), (9, 5, 3), (10, 5, 3), (15, 7, 4), (30, 17, 9)]
)
def test_a_rest_is_of_the_same_time_at_any_rate(fps: float, rest: int, glance: int) -> None:
    follow, _ = following(fps)
    asked = needs(follow, 20)
    assert asked.index(Need.LOOK) == rest
    assert (asked.index(Need.GLANCE) + 1 if rest else 0) == glance
