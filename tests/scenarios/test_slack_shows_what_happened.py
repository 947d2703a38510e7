"""What happened, shown in Slack: through real gunicorn, camera and notifier, and the strict stand-in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app.demo.workspace import OWNER, STRANGER, Message
from app.settings import load_settings
from tests.fakes.redis_server import RedisServer
from tests.scenarios.appliance import Appliance, appliance, eventually

SharedPath = Callable[[str], Path]
MODEL = "models/yolox_nano_person_416x320.onnx"


@pytest.fixture
def worker(tmp_path: Path, own_redis: RedisServer, shared_path: SharedPath):  # type: ignore[no-untyped-def]
    """A camera that sees a worker walk through a hall again and again, at the clip's own pace."""
    cameras = [{"name": "front", "source": str(shared_path("clips/worker.mp4")), "loop": True}]
    model = {"model": str(shared_path(MODEL))}
    often = {"max_seconds": 5, "cooldown_seconds": 1}  # the hall is never empty: cut it into visits
    clips = {"pre_roll_seconds": 2, "tail_seconds": 1}
    with appliance(tmp_path, own_redis.url, cameras=cameras, person=model, trigger=often, clips=clips) as it:
        it.start_web()
        it.start_notifier()
        yield it


def videos(it: Appliance) -> list[Message]:
    """Messages with a video."""
    return [
        m for m in it.slack.messages() if any(it.slack.files[f].mimetype == "video/mp4" for f in m.file_ids)
    ]


def home(it: Appliance, user: str = OWNER.id) -> str:
    shown = it.slack.views.home(user)
    return "" if shown is None else str(shown.shown)


@pytest.mark.timeout(240)
def test_the_clip_follows_its_alert_and_the_list_shows_what_happened(worker: Appliance) -> None:
    it = worker
    it.start_camera()
    eventually(lambda: it.snapshot().facts.camera.get("front"), "the camera says how it is", 30)
    it.ask("/pycam_on")
    [clip, *_] = eventually(lambda: videos(it), "a clip in a thread", 60)
    alerts = {alert.ts: alert for alert in it.alerts()}
    assert clip.thread_ts in alerts
    data = it.slack.files[clip.file_ids[0]].data
    assert data is not None
    assert data[4:8] == b"ftyp"

    it.ask("/pycam_off")
    assert "The last events" in it.ask("/events")
    listed = eventually(
        lambda: [
            m for m in it.slack.messages(ephemeral=True) if "slack_file" in str(m.blocks) and m.is_ephemeral
        ],
        "the list with pictures",
        20,
    )[-1]
    assert "*front*" in str(listed.blocks)

    assert "follows" in it.ask("/clip", "last front")
    eventually(lambda: [m for m in videos(it) if m.thread_ts is None], "the clip in the channel", 30)


@pytest.mark.timeout(180)
def test_the_home_tab_arms_and_its_dialog_sets(worker: Appliance, monkeypatch: pytest.MonkeyPatch) -> None:
    it = worker
    assert it.slack.tabs.open_home(OWNER.id).error is None
    eventually(lambda: "nobody has armed it yet" in home(it), "the Home tab of the owner", 20)
    assert it.slack.tabs.open_home(STRANGER.id).error is None
    eventually(lambda: STRANGER.id in home(it, STRANGER.id), "what a stranger sees there", 20)
    assert "front" not in home(it, STRANGER.id)

    pressed = it.slack.tabs.press(OWNER.id, "home_pycam_on")
    assert (pressed.error, pressed.status) == (None, 200)
    eventually(lambda: "is armed by" in home(it), "what came of it", 20)
    assert it.snapshot().wishes.armed["front"].on
    assert [m for m in it.slack.messages() if "is armed by" in m.text]

    assert it.slack.tabs.press(OWNER.id, "home_pycam_settings").error is None
    eventually(lambda: it.slack.views.dialog(OWNER.id), "the dialog", 10)
    it.slack.tabs.submit(OWNER.id, {"trigger.quiet_seconds": "0"})
    stays = it.slack.views.dialog(OWNER.id)
    assert stays is not None
    assert list(stays.errors) == ["trigger.quiet_seconds"]
    assert it.slack.tabs.submit(OWNER.id, {"trigger.quiet_seconds": "9"}).error is None
    assert it.slack.views.dialog(OWNER.id) is None
    for name, value in it.environment.items():
        monkeypatch.setenv(name, value)
    assert load_settings().trigger.quiet_seconds == 9
    eventually(
        lambda: [m for m in it.slack.messages() if "The settings were changed" in m.text],
        "everybody is told",
        20,
    )


@pytest.mark.timeout(180)
def test_a_snapshot_of_a_camera_that_does_not_run_is_no_old_picture(worker: Appliance) -> None:
    assert "no picture of now" in worker.ask("/snapshot")
