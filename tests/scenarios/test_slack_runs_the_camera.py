"""What a person does in Slack changes what the camera does, and back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from app.demo.workspace import MEMBER, STRANGER
from tests.fakes.redis_server import RedisServer
from tests.scenarios.appliance import Appliance, appliance, eventually

SharedPath = Callable[[str], Path]
MODEL = "models/yolox_nano_person_416x320.onnx"


def watching(it: Appliance) -> bool:
    camera = it.snapshot().facts.camera.get("front")
    return camera is not None and camera.watching


@pytest.fixture
def worker(tmp_path: Path, own_redis: RedisServer, shared_path: SharedPath):  # type: ignore[no-untyped-def]
    """A camera that sees a worker walk through a hall again and again, at the clip's own pace."""
    cameras = [{"name": "front", "source": str(shared_path("clips/worker.mp4")), "loop": True}]
    model = {"model": str(shared_path(MODEL))}
    often = {"max_seconds": 5, "cooldown_seconds": 1}  # the hall is never empty: cut it into visits
    with appliance(tmp_path, own_redis.url, cameras=cameras, person=model, trigger=often) as it:
        it.start_web()
        it.start_notifier()
        it.start_camera()
        eventually(lambda: it.snapshot().facts.camera.get("front"), "the camera says how it is", 30)
        yield it


@pytest.mark.timeout(180)
def test_arming_alerting_tagging_and_disarming(worker: Appliance) -> None:
    it = worker
    assert not watching(it)
    assert it.alerts() == []

    it.ask("/pycam_on")
    eventually(lambda: watching(it), "the camera watches", 5)
    alert = eventually(it.alerts, "an alert", 30)[0]
    eventually(lambda: any(b["type"] == "image" for b in it.alerts()[0].blocks), "its picture", 20)

    it.slack.click(alert.ts, "tag_occupied")
    tagged = eventually(
        lambda: [m for m in it.alerts() if m.ts == alert.ts and "ccupied" in str(m.blocks[:-1])],
        "tag shown",
        10,
    )
    assert "U0HOMEOWNER" in str(tagged[0].blocks)
    tags = list((it.data / "events").glob("*/*/tag.json"))
    assert [json.loads(t.read_text())["tag"] for t in tags] == ["occupied"]

    it.slack.click(alert.ts, "disarm")
    eventually(lambda: not watching(it), "the camera no longer watches", 5)
    assert "isarmed" in it.ask("/pi_status")


@pytest.mark.timeout(180)
def test_a_member_may_look_and_a_stranger_may_not(worker: Appliance) -> None:
    it = worker
    assert "owner" in it.ask("/pycam_on", user=MEMBER.id)
    assert it.ask("/pi_status", user=MEMBER.id)
    assert STRANGER.id in it.ask("/pi_status", user=STRANGER.id)
    assert not it.snapshot().wishes.armed


@pytest.mark.timeout(180)
def test_the_last_image_is_a_fresh_one_in_the_channel_that_asked(worker: Appliance) -> None:
    it = worker
    it.ask("/last_image")
    shared = eventually(lambda: [m for m in it.slack.messages() if m.file_ids], "a picture", 20)
    data = it.slack.files[shared[0].file_ids[0]].data
    assert data is not None
    assert data.endswith(b"\xff\xd9")


@pytest.mark.timeout(180)
def test_redis_dying_in_the_middle_loses_no_alert_and_no_orders(
    worker: Appliance, own_redis: RedisServer
) -> None:
    it = worker
    it.ask("/pycam_on")
    eventually(lambda: watching(it), "the camera watches", 5)
    own_redis.kill()
    before = len(it.alerts())
    assert "Redis" in it.ask("/pi_status")
    eventually(lambda: len(it.alerts()) > before + 1, "alerts go on without Redis", 60)
    own_redis.start()  # empty: what people had asked is gone from it
    eventually(lambda: it.snapshot().wishes.armed.get("front"), "the camera gives the orders back", 30)
    assert it.snapshot().wishes.armed["front"].on
    eventually(lambda: watching(it), "and still watches", 30)


@pytest.mark.timeout(180)
def test_slack_away_for_a_while_delays_alerts_and_loses_none(worker: Appliance) -> None:
    it = worker
    it.slack.faults.add(method="*", kind="drop", times=10_000)
    it.ask("/pycam_on")
    waiting = eventually(
        lambda: list((it.data / "outbox" / "pending").glob("*.json")), "alerts wait on disk", 30
    )
    it.ask("/pycam_off")
    it.slack.faults.clear()
    eventually(it.alerts, "they come when Slack is back", 90)
    eventually(lambda: not list((it.data / "outbox" / "pending").glob("*.json")), "all of them", 60)
    assert len(it.alerts()) == len(list((it.data / "events").glob("*/*/event.json")))
    assert waiting
