"""What live viewers cost the camera: `python -m bench.viewers [ROUNDS [WIDTHxHEIGHT …]]`.

The real frame loop (motion, trigger, jobs) with its film at 30 frames a second, its live view, the real dashboard
(gunicorn), and viewers over HTTP in a process of their own: in turns nobody, one and three look, each without and with
a clip being written. The baseline is the loop with nobody looking and no clip, in the same run. Beside it, for each
frame, the processor time of the camera's whole process and of the dashboard, and how many pictures a viewer got.
"""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import NamedTuple, cast

import cv2
import psutil
import requests

from app.camera.clip_desk import ClipDesk
from app.camera.film import Film
from app.camera.live import LiveView
from app.camera.loop import CameraLoop
from app.camera.recorder import Recorder
from app.domain import new_event_id
from app.media.frame import Frame
from app.settings.schema import CameraSettings, Settings, StorageSettings, TrainingSettings
from app.store.events import EventRecord, EventStore
from app.store.password import PasswordFile
from app.vision.gate import InlineGate
from app.vision.pipeline import pipeline_for
from app.web.dashboard.password import hashed
from bench.live_crowd import Crowd
from bench.recording import ARMED, FRAMES_PER_SECOND, SIZES, Nobody, NoRecorder, frames, pictures

ROUNDS = 5
BLOCK = 60  # frames in one turn: two seconds
START_SECONDS = 60.0
PASSWORD = "a bench looks at itself"  # noqa: S105 — of a dashboard that is gone in two minutes
NO_REDIS = "redis://127.0.0.1:1/0"  # a live view asks it nothing


class Mode(NamedTuple):
    """What goes on beside the loop."""

    viewers: int
    clip: bool


MODES = [Mode(viewers, clip) for clip in (False, True) for viewers in (0, 1, 3)]


@dataclass
class Cost:
    """Of one mode, in seconds: each step; processor time of the camera's process and of the dashboard. And how many
    pictures all viewers got."""

    steps: list[float] = field(default_factory=list)
    camera: float = 0.0
    dashboard: float = 0.0
    pictures: int = 0

    def add(self, other: Cost) -> None:
        """One more turn."""
        self.steps += other.steps
        self.camera += other.camera
        self.dashboard += other.dashboard
        self.pictures += other.pictures


class Dashboard:
    """The real one. `cookie`: of somebody who has signed in."""

    def __init__(self, folder: Path) -> None:
        PasswordFile(folder).write(hashed(PASSWORD))
        (folder / "config.yml").write_text("log_level: INFO\n")
        self._log = folder / "log"
        ours = {"PYCAM_CONFIG": str(folder / "config.yml"), "PYCAM_DATA": str(folder), "REDIS_URL": NO_REDIS}
        command = [sys.executable, "-m", "gunicorn", "-c", "app/web/dashboard/gunicorn.conf"]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [*command, "--bind", "127.0.0.1:0"], env={**os.environ, **ours}, stdout=log, stderr=log
            )
        self.url = self._address()
        with requests.Session() as browser:
            page = browser.get(f"{self.url}/sign-in", timeout=START_SECONDS).text
            [token] = re.findall(r'name="csrf-token" content="([^"]+)"', page)
            form = {"csrf_token": token, "password": PASSWORD}
            browser.post(
                f"{self.url}/sign-in", data=form, timeout=START_SECONDS, allow_redirects=False
            ).raise_for_status()
            self.cookie = browser.cookies["pycam"]

    def processor_seconds(self) -> float:
        """Of its processes, so far."""
        master = psutil.Process(self._process.pid)
        times = [process.cpu_times() for process in (master, *master.children())]
        return sum(time.user + time.system for time in times)

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.wait()

    def _address(self) -> str:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            if found := re.search(r"Listening at: (\S+)", self._log.read_text()):
                return found[1]
            time.sleep(0.05)
        raise RuntimeError(f"the dashboard did not start: {self._log.read_text()[-2000:]}")


class House:
    """A camera of that size, its dashboard, and whoever looks."""

    def __init__(self, width: int, height: int, folder: Path) -> None:
        camera = CameraSettings(name="front", source="made-up", fps=FRAMES_PER_SECOND)
        settings = Settings(
            cameras=(camera,),
            storage=StorageSettings(data=folder, min_free_mb=0),
            training=TrainingSettings(enabled=False),
        )
        self.done: list[EventRecord] = []
        desk = ClipDesk(
            "front",
            EventStore(folder / "events"),
            settings.storage,
            lambda event, _told: self.done.append(event),
        )
        self._film, gate = Film(settings.clips, desk, fps=FRAMES_PER_SECOND), InlineGate(Nobody())
        self._loop = CameraLoop(
            settings,
            camera,
            pipeline=pipeline_for(settings, camera, gate),
            gate=gate,
            orders=lambda: ARMED,
            recorder=cast(Recorder, NoRecorder()),
            picture_answered=lambda _wish: None,
            film=self._film,
        )
        self._live = LiveView(folder, "front", settings.dashboard.live_fps)
        self._coming: Iterator[Frame] = frames(pictures(width, height), FRAMES_PER_SECOND)
        self._film.start()
        self._live.start()
        self._dashboard = Dashboard(folder)
        self._crowd = Crowd(f"{self._dashboard.url}/live/front.mjpeg", self._dashboard.cookie)

    def close(self) -> None:
        """End all of it."""
        self._crowd.close()
        self._dashboard.close()
        self._live.close()
        self._film.close()

    def turn(self, mode: Mode) -> Cost:
        """Two seconds of it."""
        self._live.offer(next(self._coming))  # who comes new wants to see something
        seen = self._crowd.be(mode.viewers)
        event, finished = (
            EventRecord(id=new_event_id("front", time.time()), camera="front", started=0),
            len(self.done),
        )
        cost, before, other = Cost(), time.process_time(), self._dashboard.processor_seconds()
        due = time.perf_counter()
        for number, frame in enumerate(itertools.islice(self._coming, BLOCK)):
            if mode.clip and number == 0:
                self._film.begin(event, frame.media_time)
            begun = time.perf_counter()
            self._loop.step(frame)
            self._live.offer(frame)
            cost.steps.append(time.perf_counter() - begun)
            due += 1 / FRAMES_PER_SECOND
            time.sleep(max(0.0, due - time.perf_counter()))
        if mode.clip:
            self._film.end(event, last_active=frame.media_time, quiet=False)
            while len(self.done) == finished:
                time.sleep(0.01)
        cost.camera = time.process_time() - before
        cost.dashboard = self._dashboard.processor_seconds() - other
        cost.pictures = self._crowd.be(mode.viewers) - seen
        return cost


def measure(width: int, height: int, rounds: int, folder: Path) -> dict[Mode, Cost]:
    """Each mode's, in turns."""
    house, costs = House(width, height, folder), {mode: Cost() for mode in MODES}
    try:
        for number in range(rounds + 1):
            for mode in MODES:
                cost = house.turn(mode)
                if number:  # the first only fills caches
                    costs[mode].add(cost)
    finally:
        house.close()
    if not all(event.clip for event in house.done):
        raise RuntimeError("a clip is not there")
    for problem in sorted({event.clip_problem for event in house.done if event.clip_problem}):
        print(f"  a clip of {width}×{height}: {problem}")
    return costs


def p99(steps: list[float]) -> float:
    """One in a hundred takes longer."""
    return quantiles(steps, n=100)[98]


def main() -> int:
    """Print what was found."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    wanted = [tuple(map(int, size.split("x"))) for size in sys.argv[2:]]
    cv2.setNumThreads(1)
    print(f"the frame loop, {rounds} turns of {BLOCK} frames each, {FRAMES_PER_SECOND} frames a second")
    for width, height in wanted or SIZES:
        with tempfile.TemporaryDirectory(prefix="pycam-bench-") as folder:
            costs = measure(width, height, rounds, Path(folder))
        base = costs[Mode(0, clip=False)]
        print(
            f"{width}×{height}    step, ms: median ratio    p99 ratio    processor, ms a frame: camera ratio  dashboard"
        )
        for mode, cost in costs.items():
            middle, late, count = median(cost.steps), p99(cost.steps), len(cost.steps)
            name = f"{mode.viewers} look{', a clip' if mode.clip else ''}"
            each = cost.pictures / mode.viewers / count * FRAMES_PER_SECOND if mode.viewers else 0.0
            print(
                f"  {name:22}{middle * 1e3:6.2f} {middle / median(base.steps):5.2f}"
                f" {late * 1e3:6.2f} {late / p99(base.steps):5.2f}"
                f" {cost.camera / count * 1e3:29.2f} {cost.camera / base.camera:5.2f}"
                f" {cost.dashboard / count * 1e3:10.2f}   {each:4.1f} pictures a second for each"
            )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
