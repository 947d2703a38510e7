"""What the camera process tells systemd while its camera works, hangs in the driver, or cannot be reached."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from app.camera import gate as gate_module
from app.camera.process import run
from app.media.frame import Frame
from app.media.sources import SourceError
from app.settings.schema import CameraSettings, Secrets, Settings, StorageSettings
from app.shutdown import Shutdown
from app.state.snapshot import read_snapshot
from tests.camera.parts import ClipSource, Portrait, footage
from tests.deadline import eventually
from tests.fakes.systemd import NotifySocket

PATIENCE = 20.0


class Driver(ClipSource):
    """A camera whose driver does not come back from a call while `hangs` is set, and fails while `gone` is."""

    live = True

    def __init__(self, hangs: threading.Event, gone: threading.Event) -> None:
        super().__init__(footage([(1, 10_000)], 10_000, start=0.0))
        self.hangs, self.gone = hangs, gone

    def open(self) -> None:
        if self.gone.is_set():
            raise SourceError("no such camera")

    def read(self) -> Frame | None:
        threading.Event().wait(0.02)
        while self.hangs.is_set():
            threading.Event().wait(0.02)
        return super().read()


class Watched:
    """One camera process in a thread, under systemd."""

    def __init__(self, root: Path, redis_url: str, client: redis.Redis, systemd: NotifySocket) -> None:
        self.client, self.systemd = client, systemd
        self.hangs, self.gone = threading.Event(), threading.Event()
        self.shutdown = Shutdown()
        self.settings = Settings(
            cameras=(CameraSettings(name="front", source="x.mp4"),),
            storage=StorageSettings(data=root, min_free_mb=0),
            secrets=Secrets(redis_url=redis_url),
        )
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        run(self.settings, self.shutdown, "front", source=lambda _camera: Driver(self.hangs, self.gone))

    def heartbeats(self, count: int) -> None:
        """Wait for so many more of them."""
        for _ in range(count):
            before = self._at()
            eventually(lambda last=before: self._at() != last, "a heartbeat")

    def _at(self) -> float | None:
        heartbeat = read_snapshot(self.client).facts.process.get("camera:front")
        return heartbeat.at if heartbeat else None


@pytest.fixture
def watched(
    tmp_path: Path, redis_url: str, redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Watched]:
    monkeypatch.setattr(gate_module, "load_detector", lambda *_args, **_more: Portrait())
    monkeypatch.setattr("app.state.heartbeat.HEARTBEAT_SECONDS", 0.05)
    with NotifySocket(tmp_path) as systemd:
        monkeypatch.setenv("NOTIFY_SOCKET", systemd.environment["NOTIFY_SOCKET"])
        watched = Watched(tmp_path, redis_url, redis_client, systemd)
        yield watched
        watched.hangs.clear()
        watched.shutdown.request()
        watched.thread.join(PATIENCE)


def test_frames_feed_the_watchdog(watched: Watched) -> None:
    watched.thread.start()
    watched.systemd.wait_for("READY=1", PATIENCE)
    watched.systemd.wait_for("WATCHDOG=1", PATIENCE)


def test_a_camera_that_hangs_feeds_no_watchdog_though_the_process_lives(watched: Watched) -> None:
    watched.thread.start()
    watched.systemd.wait_for("WATCHDOG=1", PATIENCE)
    watched.hangs.set()
    watched.heartbeats(3)  # a frame may have been under way
    watched.systemd.forget()
    watched.heartbeats(3)
    assert "WATCHDOG=1" not in watched.systemd.hear_all()

    watched.hangs.clear()
    watched.systemd.wait_for("WATCHDOG=1", PATIENCE)


def test_a_process_whose_camera_hangs_from_the_start_is_up_but_gets_nothing_done(watched: Watched) -> None:
    watched.hangs.set()
    watched.thread.start()
    watched.systemd.wait_for("READY=1", PATIENCE)
    watched.heartbeats(3)
    assert "WATCHDOG=1" not in watched.systemd.hear_all()


def test_a_camera_that_is_away_is_tried_again_and_no_reason_for_a_restart(watched: Watched) -> None:
    watched.gone.set()
    watched.thread.start()
    watched.systemd.wait_for("WATCHDOG=1", PATIENCE)
    watched.systemd.wait_for("WATCHDOG=1", PATIENCE)
