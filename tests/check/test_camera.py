"""Cameras that are clips and servers, and what a camera's process says in their place."""

from __future__ import annotations

import importlib.util
import time
from pathlib import Path
from typing import Any

import pytest
import redis

from app.check import camera
from app.check.camera import checks, watch
from app.check.check import Outcome
from app.state.facts import CameraFact, say
from tests.check.builders import NOBODY, assert_failed, assert_ok, assert_warning, context_of
from tests.fakes.mjpeg_server import MjpegServer
from tests.fakes.tcp import Deaf, refused_port
from tests.media.clips import make_clip


def watched(url: str = NOBODY, **changes: Any) -> Outcome:
    context = context_of(changes, secrets={"redis_url": url})
    return watch(context, context.settings.cameras[0])


def says(client: redis.Redis, *, age: float = 0, **changes: Any) -> None:
    fact = CameraFact(at=time.time() - age, **({"source_state": "running"} | changes))
    say(client, {"camera:front": fact})


def test_a_clip_opens_and_its_frames_are_counted(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=5)
    assert_ok(watched(source=str(clip)), "a video file", "64×48", "frames a second")


def test_a_clip_of_one_picture_is_well(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", frames=1)
    assert_ok(watched(source=str(clip)), "64×48, 1 frame")


def test_a_clip_that_is_away_or_broken_is_a_failure(tmp_path: Path) -> None:
    assert_failed(watched(source=str(tmp_path / "none.mp4")), "none.mp4", do="config.yml")
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no film")
    assert_failed(watched(source=str(broken)), do="config.yml")


def test_what_is_no_camera_says_what_could_be_one() -> None:
    assert_failed(watched(source="webcam"), "expected picamera", do="config.yml")


def test_a_missing_picamera2_is_a_matter_of_apt_and_not_of_the_cable() -> None:
    if importlib.util.find_spec("picamera2") is not None:
        pytest.skip("this machine has picamera2")
    outcome = watched(source="picamera")
    assert_failed(
        outcome, "picamera2 is not installed", do="apt install --no-install-recommends python3-picamera2"
    )
    assert "cable" not in outcome.do


def test_a_picamera2_that_its_process_misses_is_the_same(redis_url: str, redis_client: redis.Redis) -> None:
    says(redis_client, source_state="lost", reason="picamera2 does not fit this numpy: size changed")
    assert_failed(watched(redis_url, source="picamera"), "does not fit", do="pip uninstall")
    says(redis_client, source_state="lost", reason="Pi camera 0 was not found: check its cable")
    assert_failed(watched(redis_url, source="picamera"), "not found", do="ribbon cable")


def test_a_usb_camera_that_is_not_plugged_in_says_where_to_look() -> None:
    assert_failed(watched(source="/dev/video97"), "/dev/video97", do="v4l2-ctl")


def test_a_network_camera_that_keeps_up_is_well_and_a_slow_one_is_a_warning(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(camera, "MEASURE_SECONDS", 1.0)
    with MjpegServer(fps=50) as server:
        assert_ok(watched(source=server.url, fps=5), "opens: 64×48", "frames a second")
    with MjpegServer(fps=5) as server:
        assert_warning(watched(source=server.url, fps=60), "cameras.fps asks for 60", do="cameras.fps")


def test_a_network_camera_that_is_away_refuses_or_is_silent_says_so_without_its_password() -> None:
    address = "http://owner:tell-nobody@127.0.0.1:{}/video"
    with MjpegServer() as server:
        server.login = b"Basic other"
        refused = watched(source=address.format(server.port), stall_seconds=1)
    with Deaf() as deaf:
        silent = watched(source=address.format(deaf.port), stall_seconds=1)
    for outcome in (refused, silent, watched(source=address.format(refused_port()), stall_seconds=1)):
        assert_failed(outcome, do="ffprobe")
        assert "tell-nobody" not in outcome.seen + outcome.do


def test_a_camera_that_its_process_has_is_not_opened(redis_url: str, redis_client: redis.Redis) -> None:
    says(redis_client, fps=9.8, last_frame_at=time.time())
    assert_ok(watched(redis_url), "`pycam camera front` has it", "9.8 frames a second")
    says(redis_client, fps=3.0)
    assert_warning(watched(redis_url), "cameras.fps asks for 10", do="lower cameras.fps")
    says(redis_client, source_state="lost", reason="no signal")
    assert_failed(watched(redis_url), "lost, no signal", do="config.yml")


@pytest.mark.parametrize("fact", [{"age": 60}, {"source_state": camera.RELEASED}])
def test_a_camera_that_nobody_has_is_opened(
    redis_url: str, redis_client: redis.Redis, tmp_path: Path, fact: dict[str, Any]
) -> None:
    says(redis_client, **fact)
    clip = make_clip(tmp_path / "clip.mp4", frames=3)
    assert_ok(watched(redis_url, source=str(clip)), "opens: 64×48")


def test_released_is_what_the_camera_process_says() -> None:
    from app.camera.reporter import RELEASED

    assert camera.RELEASED == RELEASED


def test_the_deadline_leaves_a_camera_all_the_time_it_may_be_silent() -> None:
    (check,) = checks(context_of({"stall_seconds": 60}))
    assert check.name == "camera:front"
    assert check.seconds > 60 + camera.MEASURE_SECONDS
