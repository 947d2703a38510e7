"""The demo's camera turns with the head that the camera process reports."""

from __future__ import annotations

import io
from typing import Any

import fakeredis
import numpy as np
import pytest
from PIL import Image

from app.demo import head
from app.demo.footage import HEIGHT, PIXELS_PER_DEGREE, VISIT_SECONDS, WIDTH, Hallway
from app.state.connection import StateUnavailable
from app.state.facts import CameraFact, say


def picture(
    hallway: Hallway, look: tuple[int, int], now: float = 0.0, *visits: float
) -> np.ndarray[Any, Any]:
    return np.asarray(Image.open(io.BytesIO(hallway.jpeg(now, visits, look)))).astype(int)


def unlike(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> float:
    """Mean difference in grey levels."""
    return float(np.abs(one - other).mean())


def test_turning_shows_what_is_beside() -> None:
    hallway, degrees = Hallway(), 20
    ahead, right, up = (picture(hallway, look) for look in ((0, 0), (degrees, 0), (0, degrees)))
    shift = degrees * PIXELS_PER_DEGREE
    assert unlike(right, ahead) > 5
    assert unlike(right[:, : WIDTH - shift], ahead[:, shift:]) < 5
    assert unlike(up[shift:], ahead[: HEIGHT - shift]) < 5


@pytest.mark.parametrize("look", [(90, 90), (-90, -90), (90, -90), (-90, 90)])
def test_as_far_as_a_head_can_turn_there_is_something_to_see(look: tuple[int, int]) -> None:
    assert picture(Hallway(), look).min() > 20  # nothing black: no edge of the world


def test_a_visitor_stays_in_the_room_when_the_camera_turns() -> None:
    hallway, middle = Hallway(), VISIT_SECONDS / 2
    look = (30, 0)
    shift = look[0] * PIXELS_PER_DEGREE
    ahead, right = (picture(hallway, way, middle, 0.0) for way in ((0, 0), look))
    assert unlike(right[:, : WIDTH - shift], ahead[:, shift:]) < 5


def test_the_motors_follow_what_the_camera_says_and_stay_when_redis_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = fakeredis.FakeRedis(decode_responses=True)
    monkeypatch.setattr(head, "connect", lambda url: client)
    motors = head.Motors("redis://nowhere", "front")
    assert motors.position() == (0, 0)
    say(client, {"camera:front": CameraFact(at=1, source_state="running", head="simulated", pan=30, tilt=-5)})
    assert motors.position() == (30, -5)

    def away(_client: object) -> None:
        raise StateUnavailable("gone")

    monkeypatch.setattr(head, "read_snapshot", away)
    assert motors.position() == (30, -5)
