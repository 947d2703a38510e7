"""`pycam demo`: the real appliance against a small world of its own, until Ctrl-C.

The world: a Slack workspace in the browser, a network camera with visitors, a private Redis if there is none.
The appliance: `pycam web`, `camera` and `notifier` as they run on a Pi, told where that world is.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import requests
import yaml

from app.commands.table import COMMANDS
from app.demo.camera_feed import CameraFeed
from app.demo.processes import ROOT, Processes
from app.demo.redis_server import NoRedis, PrivateRedis, answers
from app.demo.workspace import MEMBER, OWNER, Lever, SlashCommand, Workspace
from app.shutdown import Shutdown
from app.state.connection import StateUnavailable, connect
from app.state.snapshot import read_snapshot
from app.vision.person import MODEL_FILES
from app.vision.ranking import best_first

PAGE_PORT = 8500
READY_SECONDS = 60
"""A Pi 3 takes half of this to import OpenCV and open its camera."""


def tell(line: str) -> None:
    """One line of the story, with the time."""
    print(f"{time.strftime('%H:%M:%S')}  {line}", flush=True)


def run() -> int:
    """Run the demo; its exit code."""
    shutdown = Shutdown().catch_signals()
    with tempfile.TemporaryDirectory(prefix="pycam-demo-") as folder:
        try:
            return _Demo(Path(folder), shutdown).run()
        except NoRedis as error:
            print(error, file=sys.stderr)
            return 1


class _Demo:
    def __init__(self, folder: Path, shutdown: Shutdown) -> None:
        self._folder, self._shutdown = folder, shutdown
        self._redis: PrivateRedis | None = None
        self._feed: CameraFeed | None = None
        self._processes: Processes | None = None
        self._workspace = Workspace(
            commands=[SlashCommand(f"/{c.name}", c.summary, c.usage) for c in COMMANDS.values()],
            port=_free_port(PAGE_PORT),
            on_event=tell,
        )

    def run(self) -> int:
        try:
            redis_url = self._find_redis()
            self._workspace.start()
            source = self._find_source()
            person = self._find_model()
            web_port = _free_port(0)
            self._workspace.app_url = f"http://127.0.0.1:{web_port}"
            self._start_processes(redis_url, source, person, web_port)
            return self._watch(redis_url, web_port)
        finally:
            self._stop()

    def _find_redis(self) -> str:
        wanted = os.environ.get("REDIS_URL", "").strip()
        if wanted and answers(wanted):
            tell(f"Redis: the one at {wanted.rpartition('@')[2]}")
            return wanted
        self._redis = PrivateRedis(self._folder)
        self._redis.wait_until_ready(self._shutdown)
        tell("Redis: a private one, for as long as this runs")
        return self._redis.url

    def _find_source(self) -> str:
        if source := os.environ.get("SOURCE", "").strip():
            tell(f"Camera: {source}")
            return str(Path(source).resolve()) if Path(source).exists() else source
        self._feed = CameraFeed(self._shutdown)
        self._feed.start()
        tell("Camera: a hallway that the demo draws; a visitor comes by now and then")
        if not self._feed.hallway.has_person:
            tell(
                "        (without scikit-image the visitor is a drawn figure, which no detector takes for a person)"
            )
        self._workspace.house.show_picture(self._feed.url)
        self._workspace.house.add(Lever("visitor", "Send a visitor"), self._feed.visit)
        return self._feed.url

    def _find_model(self) -> dict[str, str]:
        """The `person:` settings; fetches the model once, where it is missing and there is a network."""
        if model := os.environ.get("MODEL", "").strip():
            return {"model": str(Path(model).resolve())}
        if not any(best_first(MODEL_FILES.iterdir())):
            tell("Fetching a person model (once)")
            command = [
                sys.executable,
                "-m",
                "app",
                "model",
                "fetch",
                "--tries",
                "1",
                "--to",
                str(MODEL_FILES),
            ]
            fetch = subprocess.Popen(command, cwd=ROOT)
            while fetch.poll() is None:
                if self._shutdown.wait(0.1):
                    fetch.kill()
        return {}

    def _start_processes(self, redis_url: str, source: str, person: dict[str, str], web_port: int) -> None:
        config = self._folder / "config.yml"
        overlay: dict[str, object] = {
            "slack": {
                "alerts_channel": self._workspace.channel.id,
                "team_id": self._workspace.team_id,
                "owners": [OWNER.id],
                "members": [MEMBER.id],
            },
            "cameras": [{"name": "front", "source": source, "loop": True}],
            "person": person,
        }
        config.write_text(yaml.safe_dump(overlay), encoding="utf-8")
        self._processes = Processes(
            {
                "PYCAM_CONFIG": str(config),
                "PYCAM_DATA": str(self._folder / "data"),
                "REDIS_URL": redis_url,
                "SLACK_API_URL": self._workspace.api_url,
                "SLACK_BOT_TOKEN": self._workspace.bot_token,
                "SLACK_SIGNING_SECRET": self._workspace.signing_secret,
            },
            self._folder,
            tell,
        )
        self._processes.start("web", "gunicorn", "-c", "gunicorn.conf", "--bind", f"127.0.0.1:{web_port}")
        self._processes.start("camera", "app", "camera", "front")
        self._processes.start("notifier", "app", "notifier")

    def _watch(self, redis_url: str, web_port: int) -> int:
        assert self._processes is not None  # noqa: S101 — set two lines above the only call
        if not self._wait_until_ready(redis_url, web_port):
            return 0 if self._shutdown.requested else 1
        print(f"\n    Open {self._workspace.url}  — type /pycam_on there. Ctrl-C ends it.\n", flush=True)
        client, was_watching = connect(redis_url), False
        while not self._shutdown.wait(1):
            self._processes.restart_the_dead()
            with contextlib.suppress(StateUnavailable):
                camera = read_snapshot(client).facts.camera.get("front")
                watching = camera is not None and camera.watching
                if self._feed and watching and not was_watching:
                    self._feed.visit(in_seconds=3)  # whoever has just armed it wants to see what happens
                was_watching = watching
        tell("Stopping")
        return 0

    def _wait_until_ready(self, redis_url: str, web_port: int) -> bool:
        """Until commands are answered and the camera has seen a frame; then say what the eyes are."""
        client, deadline = connect(redis_url), time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline and not self._shutdown.wait(0.2):
            assert self._processes is not None  # noqa: S101
            self._processes.restart_the_dead()
            try:
                camera = read_snapshot(client).facts.camera.get("front")
                requests.get(f"http://127.0.0.1:{web_port}/health", timeout=2).raise_for_status()
            except (StateUnavailable, requests.RequestException):
                continue
            if camera is None or camera.last_frame_at is None:
                continue
            if camera.person_model:
                self._say(f"Person model: {camera.person_model}")
                return True
            if camera.person_problem:
                self._say(f"No person model, so anything that moves makes an alert: {camera.person_problem}")
                return True
        if not self._shutdown.requested:
            for name in ("web", "camera", "notifier"):
                tell(f"{name}:\n{self._processes.last_words(name) if self._processes else ''}")
            print(f"the appliance did not come up within {READY_SECONDS} s", file=sys.stderr)
        return False

    def _say(self, text: str) -> None:
        tell(text)
        self._workspace.set_notice(text)

    def _stop(self) -> None:
        if self._processes:
            self._processes.stop()
        if self._feed:
            self._feed.stop()
        self._workspace.stop()
        if self._redis:
            self._redis.stop()


def _free_port(wanted: int) -> int:
    """`wanted` if nobody has it, else any."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("no free port on 127.0.0.1")
