"""`pycam demo`: the real appliance against a small world of its own, until Ctrl-C.

The world (`world.py`): a Slack workspace in the browser, a house with a camera, visitors and a router, a Redis.
The appliance: `pycam web`, `dashboard`, `camera`, `notifier` and `presence` as they run on a Pi, told where that world
is.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
import time
from pathlib import Path

import requests
import yaml

from app.demo.ports import free_port
from app.demo.processes import CannotRun, Processes
from app.demo.redis_server import NoRedis
from app.demo.world import CAMERA, DASHBOARD_PASSWORD, NoSource, World
from app.shutdown import Shutdown
from app.state.connection import StateUnavailable, connect
from app.state.facts import STALE_SECONDS, CameraFact
from app.state.snapshot import read_snapshot

READY_SECONDS = 60
"""A Pi 3 takes half of this to import OpenCV and open its camera."""

HINT = "Try /pycam_on; or /auto_detect_on, and send both phones away"

INDENT = "\n" + " " * len("HH:MM:SS  ")


def tell(line: str) -> None:
    """One thing that happened, with the time; further lines are indented."""
    print(f"{time.strftime('%H:%M:%S')}  {INDENT.join(line.splitlines())}", flush=True)


def run() -> int:
    """Run the demo; its exit code. A second signal hurries the end along, and skips no part of it."""
    world: World | None = None
    processes: Processes | None = None

    def hurry() -> None:
        if processes:
            processes.kill()
        if world:
            world.kill()

    shutdown = Shutdown().catch_signals(hurry)
    with tempfile.TemporaryDirectory(prefix="pycam-demo-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        world = World(folder, shutdown, tell)
        try:
            world.start()
            port = free_port()
            processes = _processes(world, folder, port)
            processes.once("password", "app", "password", "--stdin", said=DASHBOARD_PASSWORD)
            _start(processes, port)
            if not _wait_until_ready(world, processes, port, shutdown):
                return 0 if shutdown.requested else 1
            print(f"\n    Open {world.workspace.url}  — {HINT}. Ctrl-C ends it.", flush=True)
            print(
                f"    Dashboard: {_dashboard(world)}  — its password is: {DASHBOARD_PASSWORD}\n", flush=True
            )
            _watch(world, processes, shutdown)
            return 0
        except (NoRedis, NoSource, CannotRun) as error:
            print(error, file=sys.stderr)
            return 1
        finally:
            if processes:
                processes.stop()
            world.stop()


def _processes(world: World, folder: Path, port: int) -> Processes:
    config = folder / "config.yml"
    config.write_text(yaml.safe_dump(world.settings()), encoding="utf-8")
    environment = {**world.secrets(), "PYCAM_CONFIG": str(config), "PYCAM_DATA": str(folder / "data")}
    world.workspace.app_url = f"http://127.0.0.1:{port}"
    return Processes(environment, folder, tell)


def _start(processes: Processes, port: int) -> None:
    processes.start("web", "gunicorn", "-c", "gunicorn.conf", "--bind", f"127.0.0.1:{port}")
    processes.start("dashboard", "app", "dashboard")
    processes.start("camera", "app", "camera", CAMERA)
    processes.start("notifier", "app", "notifier")
    processes.start("presence", "app", "presence")


def _wait_until_ready(world: World, processes: Processes, port: int, shutdown: Shutdown) -> bool:
    """Until commands are answered and the camera has seen a frame; then say what the eyes are."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and not shutdown.wait(0.2):
        processes.restart_the_dead()
        camera = _camera(world)
        with contextlib.suppress(requests.RequestException):
            for url in (f"http://127.0.0.1:{port}", _dashboard(world)):
                requests.get(f"{url}/health", timeout=2).raise_for_status()
            if camera and camera.last_frame_at and (camera.person_model or camera.person_problem):
                _say_what_the_eyes_are(world, camera)
                return True
    if not shutdown.requested:
        for name in ("web", "dashboard", "camera", "notifier", "presence"):
            tell(f"{name}:\n{processes.last_words(name)}")
        print(f"the appliance did not come up within {READY_SECONDS} s", file=sys.stderr)
    return False


def _dashboard(world: World) -> str:
    return f"http://127.0.0.1:{world.dashboard_port}"


def _camera(world: World) -> CameraFact | None:
    with contextlib.suppress(StateUnavailable), connect(world.redis_url) as client:
        return read_snapshot(client).facts.camera.get(CAMERA)
    return None


def _say_what_the_eyes_are(world: World, camera: CameraFact) -> None:
    if camera.person_model:
        tell(f"Person model: {camera.person_model}")
        world.workspace.set_notice(HINT)
    else:
        tell(f"No person model, so anything that moves makes an alert: {camera.person_problem}")
        world.workspace.set_notice(f"{HINT}. No person model is here, so anything that moves makes an alert.")


def _watch(world: World, processes: Processes, shutdown: Shutdown) -> None:
    """Until the end is asked for."""
    was_watching = False
    while not shutdown.wait(1):
        processes.restart_the_dead()
        camera = _camera(world)
        known = camera is not None and time.time() - camera.at < STALE_SECONDS
        world.workspace.house.show_watching(camera.watching if camera and known else None)
        if camera:
            if world.feed and camera.watching and not was_watching:
                world.feed.visit(in_seconds=3)  # whoever has just armed it wants to see what happens
            was_watching = camera.watching
    tell("Stopping")
