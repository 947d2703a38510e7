"""The HAT at the level of its registers, and what the camera's process says in its place."""

from __future__ import annotations

import time
from typing import Any

import pytest
import redis

from app.camera.head_mount import PanTiltMount
from app.check.check import Outcome
from app.check.head import checks, look
from app.state.facts import CameraFact, say
from tests.check.builders import NOBODY, assert_failed, assert_ok, assert_skipped, context_of
from tests.fakes.i2c_bus import FakeHat


def looked(
    hat: FakeHat | None = None, url: str = NOBODY, *, kind: str = "pantilt", source: str = "x.mp4"
) -> Outcome:
    context = context_of({"head": {"kind": kind}, "source": source}, secrets={"redis_url": url})

    def bus() -> Any:
        if hat is None:
            raise FileNotFoundError(2, "No such file or directory", "/dev/i2c-1")
        return hat

    return look(context, context.settings.cameras[0], lambda: PanTiltMount(bus))


@pytest.fixture
def hat() -> FakeHat:
    pytest.importorskip("pantilthat", reason="pantilthat, the HAT's library, is absent")
    return FakeHat()


def test_a_hat_that_answers_is_well_and_its_servos_stay_off(hat: FakeHat) -> None:
    assert_ok(looked(hat), "answers")
    assert hat.powered == (False, False)


def test_a_hat_that_must_be_there_and_is_not_is_a_failure(hat: FakeHat) -> None:
    hat.unplug()
    assert_failed(looked(hat), "does not answer", do="i2cdetect")
    assert_failed(looked(None), "/dev/i2c-1", do="do_i2c 0")


def test_a_hat_that_may_be_there_is_looked_for_under_a_pi_camera_alone(hat: FakeHat) -> None:
    assert_ok(looked(hat, kind="auto", source="picamera"), "answers")
    assert_skipped(looked(None, kind="auto", source="picamera"), "simulated", "/dev/i2c-1")
    assert_skipped(looked(hat, kind="auto", source="/dev/video0"), "simulated")
    assert_skipped(looked(hat, kind="simulated", source="picamera"), "simulated")


def test_a_camera_without_a_head_has_no_such_check() -> None:
    assert list(checks(context_of({"head": {"kind": "none"}}))) == []
    assert [check.name for check in checks(context_of({"head": {"kind": "auto"}}))] == ["head:front"]


def test_a_head_that_its_process_has_is_not_touched(redis_url: str, redis_client: redis.Redis) -> None:
    def says(**head: Any) -> None:
        say(redis_client, {"camera:front": CameraFact(at=time.time(), source_state="running", **head)})

    says(head="pantilt", pan=30, tilt=-5)
    assert_ok(looked(None, redis_url), "it obeys, at 30 -5")
    says(head="pantilt", head_problem="the HAT does not answer")
    assert_failed(looked(None, redis_url), "the HAT does not answer", do="i2cdetect")
    says(head="simulated")
    assert_skipped(looked(None, redis_url), "simulated")
