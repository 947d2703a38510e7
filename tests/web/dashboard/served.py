"""The dashboard as `pycam dashboard` serves it: real gunicorn, its own configuration; browsers that keep cookies."""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import requests

from app.camera.live import LiveView
from app.media.frame import Frame
from app.store.password import PasswordFile
from tests.deadline import eventually
from tests.web.dashboard.conftest import HASH, PASSWORD

ROOT = Path(__file__).parents[3]
START_SECONDS = 60.0
PATIENCE_SECONDS = 60.0
"""Of a browser: nothing here is timed, but nothing may hang either."""


class Served:
    """A running dashboard."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process, self._log = process, log
        self.url = ""

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def listening(self) -> bool:
        """Whether it answers; the port is the one it says it took."""
        if "Listening at: " not in self.log:
            return False
        self.url = self.log.split("Listening at: ")[1].split()[0]
        try:
            return requests.get(self.url + "/health", timeout=1).text == "ok\n"
        except requests.RequestException:
            return False


class Browser:
    """Signed in once, it keeps its cookie, also for another run of the dashboard."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()

    def get(self, path: str, *, stream: bool = False, **headers: str) -> requests.Response:
        sent = {"Accept": "text/html", **headers}
        return self.session.get(
            self.url + path,
            headers=sent,
            timeout=PATIENCE_SECONDS,
            allow_redirects=False,
            stream=stream,
        )

    def post(self, path: str, *, page: str = "/", **fields: str) -> requests.Response:
        """A form of `page`, sent."""
        found = re.search(r'name="csrf-token" content="([^"]+)"', self.get(page).text)
        assert found is not None
        return self.session.post(
            self.url + path,
            data={"csrf_token": found[1], **fields},
            headers={"Accept": "text/html"},
            timeout=PATIENCE_SECONDS,
            allow_redirects=False,
        )

    def sign_in(self) -> Browser:
        assert self.post("/sign-in", page="/sign-in", password=PASSWORD).status_code == 302
        return self


@contextmanager
def dashboard(folder: Path, redis_url: str) -> Iterator[Served]:
    """A dashboard on `folder`/data, with PASSWORD; printed is what it said, for pytest to show."""
    PasswordFile(folder / "data").write(HASH)
    config, log = folder / "config.yml", folder / "log"
    config.write_text("dashboard: {live_fps: 20, live_viewers: 3}\n")
    variables = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder / "home"),
        "PYCAM_CONFIG": str(config),
        "PYCAM_DATA": str(folder / "data"),
        "REDIS_URL": redis_url,
    }
    command = [sys.executable, "-m", "gunicorn", "-c", "app/web/dashboard/gunicorn.conf"]
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*command, "--bind", "127.0.0.1:0"], cwd=ROOT, env=variables, stdout=out, stderr=out
        )
    served = Served(process, log)
    try:
        eventually(served.listening, "the dashboard listens", START_SECONDS)
        yield served
    finally:
        process.terminate()
        try:
            process.wait(30)
        finally:
            process.kill()
            print(served.log)


@contextmanager
def a_camera(data: Path) -> Iterator[LiveView]:
    """A camera process's live view that always has a new frame, of some hundred kilobytes."""
    view, stop = LiveView(data, "front", fps=20), threading.Event()
    noise = np.random.default_rng(1)
    frames = [noise.integers(0, 256, (480, 640, 3), np.uint8) for _ in range(10)]

    def film() -> None:
        for index, bgr in enumerate(itertools.cycle(frames)):
            view.offer(Frame(bgr, None, 1e9 + index / 100, index / 100, index))
            if stop.wait(0.01):
                return

    view.start()
    filming = threading.Thread(target=film)
    filming.start()
    try:
        eventually((data / "live/front.sock").exists, "the camera listens")
        yield view
    finally:
        stop.set()
        filming.join()
        view.close()
