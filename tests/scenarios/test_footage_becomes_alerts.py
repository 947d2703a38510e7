"""Footage of people becomes one alert a visit, with a whole picture; traffic does not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.demo.workspace import Message
from tests.scenarios.appliance import Appliance, appliance, eventually

SharedPath = Callable[[str], Path]
MODEL = "models/yolox_nano_person_416x320.onnx"


def clip(path: Path) -> dict[str, Any]:
    return {"name": "front", "source": str(path), "as_fast_as_possible": True}


def play(it: Appliance) -> None:
    """Arm, let the clip run to its end, and let the outbox empty."""
    it.start_web()
    assert "armed" in it.ask("/pycam_on").lower()
    it.start_notifier()
    it.start_camera()
    eventually(lambda: it.has_ended("camera-front"), "the clip is over", 90)
    eventually(lambda: not list((it.data / "outbox" / "pending").glob("*.json")), "the outbox is empty", 60)


def picture_of(it: Appliance, message: Message) -> bytes | None:
    """The bytes behind the image block of an alert."""
    for block in message.blocks:
        if block["type"] == "image":
            return it.slack.files[block["slack_file"]["id"]].data
    return None


def is_whole(jpeg: bytes | None) -> bool:
    return (
        jpeg is not None and jpeg.startswith(b"\xff\xd8") and jpeg.endswith(b"\xff\xd9") and len(jpeg) > 5_000
    )


def assert_three_alerts_with_pictures(it: Appliance) -> None:
    alerts = it.alerts()
    assert len(alerts) == 3, it.story
    assert all("erson" in alert.text for alert in alerts)
    assert all(is_whole(picture_of(it, alert)) for alert in alerts)


@pytest.mark.timeout(240)
def test_three_visits_make_three_alerts_with_whole_pictures(
    tmp_path: Path, redis_url: str, shared_path: SharedPath
) -> None:
    cameras = [clip(shared_path("clips/three-visits.mp4"))]
    model = {"model": str(shared_path(MODEL))}
    with appliance(tmp_path, redis_url, cameras=cameras, person=model) as it:
        play(it)
        assert_three_alerts_with_pictures(it)
        assert not list((it.data / "outbox" / "set-aside").iterdir())
        events = list((it.data / "events").glob("*/*/event.json"))
        assert len(events) == 3


@pytest.mark.timeout(240)
def test_cars_on_a_road_make_no_alert(tmp_path: Path, redis_url: str, shared_path: SharedPath) -> None:
    cameras = [clip(shared_path("clips/road-cars.mp4"))]
    model = {"model": str(shared_path(MODEL))}
    with appliance(tmp_path, redis_url, cameras=cameras, person=model) as it:
        play(it)
        assert it.alerts() == []


@pytest.mark.timeout(240)
def test_without_a_model_anything_that_moves_makes_an_alert_and_each_says_so(
    tmp_path: Path, redis_url: str, shared_path: SharedPath
) -> None:
    cameras = [clip(shared_path("clips/hand-and-bottles.mp4"))]
    model = {"model": str(tmp_path / "nothing-here.onnx")}
    with appliance(tmp_path, redis_url, cameras=cameras, person=model) as it:
        play(it)
        assert it.alerts()
        assert all("otion" in alert.text for alert in it.alerts())
        assert all("nothing-here.onnx" in str(alert.blocks) for alert in it.alerts())
        assert "nothing-here.onnx" in it.ask("/pi_status")


@pytest.mark.parametrize(
    "faults",
    [
        pytest.param([("chat.postMessage", "429", 2), ("files.getUploadURLExternal", "429", 1)], id="429"),
        pytest.param(
            [("chat.postMessage", "500", 2), ("chat.update", "500", 2), ("upload", "500", 1)], id="500"
        ),
        pytest.param([("chat.postMessage", "hang", 1), ("chat.update", "hang", 1)], id="hang"),
        pytest.param([("chat.postMessage", "drop", 2), ("upload", "drop", 2)], id="drop"),
    ],
)
@pytest.mark.timeout(240)
def test_three_visits_make_three_alerts_in_bad_weather_too(
    tmp_path: Path, redis_url: str, shared_path: SharedPath, faults: list[tuple[str, str, int]]
) -> None:
    cameras = [clip(shared_path("clips/three-visits.mp4"))]
    model = {"model": str(shared_path(MODEL))}
    patience = {"timeout_seconds": 1, "backoff_seconds": 0.1, "backoff_max_seconds": 1}
    with appliance(tmp_path, redis_url, cameras=cameras, person=model, notifier=patience) as it:
        for method, kind, times in faults:
            it.slack.faults.add(method=method, kind=kind, times=times)
        play(it)
        assert_three_alerts_with_pictures(it)
