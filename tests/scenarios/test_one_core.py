"""A recording and two who look live, all on one core: slower, but nothing stalls and nothing is lost."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from operator import lt
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.demo.camera_feed import CameraFeed
from app.demo.workspace import OWNER
from app.shutdown import Shutdown
from app.state.connection import connect
from app.state.facts import CameraFact
from app.state.wishes import Armed, write_wishes
from app.store.events import EventRecord, EventStore
from app.store.password import PasswordFile
from tests.media.coding import probed
from tests.scenarios.appliance import Appliance, appliance, eventually, free_port
from tests.web.dashboard.conftest import HASH
from tests.web.dashboard.served import Browser

VISITS = 2


@contextmanager
def one_core() -> Iterator[None]:
    """Processes that are started in it share one core, with all their threads."""
    if not hasattr(os, "sched_setaffinity"):
        pytest.skip("this system ties no process to a core")
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


class Viewer:
    """Somebody who looks until told to stop: every picture is decoded."""

    def __init__(self, browser: Browser) -> None:
        self._answer = browser.get("/live/front.mjpeg", stream=True)
        assert self._answer.status_code == 200
        self.pictures = 0
        self.torn = ""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def leave(self) -> None:
        self._stop.set()
        self._thread.join()
        self._answer.close()

    def _look(self) -> None:
        data = b""
        for chunk in self._answer.iter_content(16_384):
            data += chunk
            while found := re.search(rb"Content-Length: (\d+)\r\n\r\n", data):
                end = found.end() + int(found[1])
                if len(data) < end:
                    break
                jpeg, data = data[found.end() : end], data[end:]
                picture = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
                if picture is None or not jpeg.endswith(b"\xff\xd9"):
                    self.torn = f"picture {self.pictures} is torn"
                self.pictures += 1
            if self._stop.is_set():
                return


def camera_of(it: Appliance) -> CameraFact | None:
    return it.snapshot().facts.camera.get("front")


def newest_frame(it: Appliance) -> float:
    fact = camera_of(it)
    return fact.last_frame_at or 0.0 if fact else 0.0


def finished(it: Appliance) -> list[EventRecord]:
    """The events whose clip is there, or is known not to come."""
    store = EventStore(it.data / "events")
    events = [event for id_ in store.all_ids() if (event := store.get(id_)) is not None]
    return [event for event in events if event.clip is not None or event.clip_problem]


@pytest.mark.timeout(300)
def test_a_recording_and_two_viewers_on_one_core_stall_nothing_and_lose_nothing(
    tmp_path: Path, redis_url: str
) -> None:
    over, port = Shutdown(), free_port()
    feed = CameraFeed(over)
    feed.start()
    PasswordFile(tmp_path / "data").write(HASH)
    overlay = {
        "cameras": [{"name": "front", "source": feed.url}],
        "dashboard": {"host": "127.0.0.1", "port": port},
        "trigger": {"quiet_seconds": 2, "cooldown_seconds": 1},
        "clips": {"tail_seconds": 2, "pre_roll_seconds": 3},
        "person": {"model": str(tmp_path / "none.onnx")},
    }
    viewers: list[Viewer] = []
    with appliance(tmp_path, redis_url, **overlay) as it:
        try:
            with one_core():
                it.start_camera()
                it.start_notifier()
                it.processes.start("dashboard", "app", "dashboard")
            write_wishes(connect(redis_url), {"armed:front": Armed(by=OWNER.id, at=1.0, on=True)})
            eventually(lambda: (fact := camera_of(it)) and fact.watching, "the camera watches", 60)
            eventually(lambda: "Listening at" in it.log("dashboard"), "the dashboard listens", 60)
            browser = Browser(f"http://127.0.0.1:{port}").sign_in()
            viewers = [Viewer(browser), Viewer(Browser(browser.url).sign_in())]
            for number in range(1, VISITS + 1):
                feed.visit()
                eventually(lambda: (fact := camera_of(it)) and fact.event_id, "an event is recorded", 60)
                seen = [viewer.pictures + 5 for viewer in viewers]
                eventually(
                    lambda seen=seen: all(map(lt, seen, (viewer.pictures for viewer in viewers))),
                    "both see how it goes on",
                    60,
                )
                looked_at = newest_frame(it) + 1.0
                eventually(lambda looked_at=looked_at: newest_frame(it) > looked_at, "the loop goes on", 60)
                eventually(lambda number=number: len(finished(it)) == number, "its clip is there", 90)
            eventually(lambda: len(it.alerts()) == VISITS, "an alert for each", 60)
            assert "is lost" not in it.log("camera-front")
        finally:
            for viewer in viewers:
                viewer.leave()
            over.request()
            feed.stop()
        assert [viewer.torn for viewer in viewers] == ["", ""]
        events = finished(it)
        assert len(list((it.data / "events").glob("*/*/event.json"))) == VISITS
        for event in events:
            assert event.clip is not None, event.clip_problem
            clip = EventStore(it.data / "events").file(event.id, "clip.mp4")
            assert clip is not None
            assert probed(clip)["error"] == ""
        for process in ("camera-front", "dashboard", "notifier"):
            assert "Traceback" not in it.log(process)
        assert "hangs" not in it.log("camera-front")
