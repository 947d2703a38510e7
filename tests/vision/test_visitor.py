"""Who may be a visitor, of those the gate saw."""

from __future__ import annotations

import pytest

from app.domain import Box, Detection
from app.settings.schema import PersonSettings
from app.vision.visitor import visitors

SIZE = (640, 480)
EVERYWHERE = [Box(0, 0, 640, 480)]


def may_start(box: Box, moved: list[Box] = EVERYWHERE, size: tuple[int, int] = SIZE) -> bool:
    return bool(visitors([Detection(box, 0.9)], moved, size, PersonSettings()))


def test_somebody_near_where_something_moved_is_a_visitor() -> None:
    assert may_start(Box(300, 200, 80, 200), [Box(290, 300, 30, 100)])


@pytest.mark.parametrize(
    ("height", "size"), [(55, (640, 480)), (71, (1280, 720)), (50, (320, 240))], ids=["VGA", "HD", "small"]
)
def test_somebody_far_away_is_not(height: int, size: tuple[int, int]) -> None:
    assert not may_start(Box(100, 100, 20, height), [Box(0, 0, *size)], size)
    assert may_start(Box(100, 100, 20, height + 10), [Box(0, 0, *size)], size)


def test_a_poster_is_not_while_a_curtain_moves() -> None:
    assert not may_start(Box(300, 200, 80, 200), [Box(10, 10, 100, 100)])
    assert not may_start(Box(300, 200, 80, 200), [])


def test_an_arm_from_above_is_not_but_a_body_whose_head_is_out_of_view_is() -> None:
    assert not may_start(Box(0, 2, 200, 300))
    assert may_start(Box(0, 2, 200, 470))
    assert may_start(Box(0, 20, 200, 300))


def test_the_order_is_kept() -> None:
    people = [Detection(Box(0, 50, 50, 200), 0.9), Detection(Box(300, 50, 50, 200), 0.4)]
    assert visitors(people, EVERYWHERE, SIZE, PersonSettings()) == people


def test_a_dog_may_be_smaller_than_a_person_and_come_down_from_a_wall() -> None:
    dog = Detection(Box(300, 200, 60, 40), 0.8, "dog")
    cat = Detection(Box(300, 2, 60, 80), 0.8, "cat")
    assert visitors([dog, cat], EVERYWHERE, SIZE, PersonSettings()) == [dog, cat]
    assert visitors([dog._replace(box=Box(300, 200, 30, 20))], EVERYWHERE, SIZE, PersonSettings()) == []


def test_a_parked_car_is_no_visitor() -> None:
    car = Detection(Box(300, 200, 200, 100), 0.9, "car")
    assert visitors([car], [Box(0, 0, 50, 50)], SIZE, PersonSettings()) == []


def test_a_person_comes_before_the_dog_whatever_the_scores() -> None:
    dog, person = Detection(Box(0, 200, 90, 90), 0.9, "dog"), Detection(Box(300, 50, 50, 200), 0.4)
    assert visitors([dog, person], EVERYWHERE, SIZE, PersonSettings()) == [person, dog]
