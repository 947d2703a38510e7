"""The outside world of the demo: Slack, the house with its camera and router, a Redis."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.commands.table import COMMANDS
from app.demo.camera_feed import CameraFeed
from app.demo.head import Motors
from app.demo.ports import free_port
from app.demo.processes import ROOT
from app.demo.redis_server import PrivateRedis, answers
from app.demo.router import PASSWORD, PHONES, USERNAME, Router
from app.demo.tied import tied
from app.demo.workspace import MEMBER, OWNER, Lever, SlashCommand, Workspace
from app.logs import redact
from app.shutdown import Shutdown
from app.vision.person import MODEL_FILES
from app.vision.ranking import best_first

PAGE_PORT = 8500
DASHBOARD_PORT = 8090
DASHBOARD_PASSWORD = "watch my hallway"
"""Of the demo alone, for whoever reads its first lines."""
CAMERA = "front"
HEAD = {"kind": "simulated", "step_seconds": 0.04, "settle_seconds": 1}
"""Slow enough to be watched; the picture follows by way of Redis, so it is still a little later."""


NO_FILE = re.compile(r"picamera(:\d)?|usb:\d+|\w+://.*")
"""A SOURCE that names no file or device."""


class NoSource(Exception):
    """What SOURCE names is not there."""


class World:
    """Everything that is not pycam. `start()` may raise NoRedis or NoSource; `stop()` undoes whatever was started."""

    def __init__(self, folder: Path, shutdown: Shutdown, tell: Callable[[str], None]) -> None:
        self._folder, self._shutdown, self._tell = folder, shutdown, tell
        self._redis: PrivateRedis | None = None
        self._undo = contextlib.ExitStack()
        self.feed: CameraFeed | None = None
        self.redis_url = ""
        self._source = ""
        self._person: dict[str, str] = {}
        self._router = Router()
        self.dashboard_port = free_port(DASHBOARD_PORT)
        self.workspace = Workspace(
            commands=[SlashCommand(f"/{c.name}", c.summary, c.usage) for c in COMMANDS.values()],
            port=free_port(PAGE_PORT),
            on_event=tell,
        )

    def start(self) -> None:
        """Bring it up, part by part, and tell of each."""
        source = _named_source()
        self.redis_url = self._find_redis()
        self.workspace.start()
        self._undo.callback(self.workspace.stop)
        if source:
            self._tell(f"Camera: {redact(source)}")
        self._source = source or self._draw_footage()
        self._router.start()
        self._undo.callback(self._router.stop)
        for person in PHONES:
            self._show_phone(person, True)
        self._tell(
            f"Router: lists the phones of {' and '.join(PHONES)}; /auto_detect_on lets them arm and disarm"
        )
        self._person = self._find_model()

    def stop(self) -> None:
        """Take it down, last things first."""
        self._undo.close()

    def kill(self) -> None:
        """What would take its time to stop is killed; `stop()` is then quick."""
        if self._redis:
            self._redis.kill()

    def settings(self) -> dict[str, Any]:
        """What differs here from the packaged settings."""
        return {
            "slack": {
                "alerts_channel": self.workspace.channel.id,
                "team_id": self.workspace.team_id,
                "owners": [OWNER.id],
                "members": [MEMBER.id],
            },
            "cameras": [{"name": CAMERA, "source": self._source, "loop": True, "head": HEAD}],
            "person": self._person,
            "presence": self._router.settings(),
            "dashboard": {
                "host": "127.0.0.1",
                "port": self.dashboard_port,
                "public_url": f"http://127.0.0.1:{self.dashboard_port}",
            },
        }

    def secrets(self) -> dict[str, str]:
        """As the environment of the processes has them."""
        return {
            "REDIS_URL": self.redis_url,
            "SLACK_API_URL": self.workspace.api_url,
            "SLACK_BOT_TOKEN": self.workspace.bot_token,
            "SLACK_SIGNING_SECRET": self.workspace.signing_secret,
            "ROUTER_USERNAME": USERNAME,
            "ROUTER_PASSWORD": PASSWORD,
        }

    def _find_redis(self) -> str:
        wanted = os.environ.get("REDIS_URL", "").strip()
        if wanted and answers(wanted):
            self._tell(f"Redis: the one at {wanted.rpartition('@')[2]}")
            return wanted
        self._redis = PrivateRedis(self._folder)
        self._undo.callback(self._redis.stop)
        self._redis.wait_until_ready(self._shutdown)
        self._tell("Redis: a private one, for as long as this runs")
        return self._redis.url

    def _draw_footage(self) -> str:
        self.feed = CameraFeed(self._shutdown, Motors(self.redis_url, CAMERA).position)
        self.feed.start()
        self._undo.callback(self.feed.stop)
        self._tell("Camera: a hallway that the demo draws; a visitor comes by now and then")
        if not self.feed.hallway.has_person:
            self._tell(
                "        (no scikit-image: the visitor is a drawn figure, which no detector takes for a person)"
            )
        self.workspace.house.show_picture(self.feed.url)
        self.workspace.house.add(Lever("visitor", "Send a visitor"), self.feed.visit)
        return self.feed.url

    def _show_phone(self, person: str, at_home: bool) -> None:
        lever = Lever(f"phone-{person}", f"{person}'s phone", "at home" if at_home else "away")
        self.workspace.house.add(lever, lambda: self._move_phone(person))

    def _move_phone(self, person: str) -> None:
        at_home = self._router.toggle(person)
        self._tell(f"{person}'s phone {'joins' if at_home else 'leaves'} the Wi-Fi")
        self._show_phone(person, at_home)

    def _find_model(self) -> dict[str, str]:
        """The `person:` settings; fetches the model once, where it is missing and there is a network."""
        if model := os.environ.get("MODEL", "").strip():
            return {"model": str(Path(model).resolve())}
        if not any(best_first(MODEL_FILES.iterdir())):
            self._tell("Fetching a person model (once)")
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
            fetch = subprocess.Popen(tied(command), cwd=ROOT)
            while fetch.poll() is None:
                if self._shutdown.wait(0.1):
                    fetch.kill()
        return {}


def _named_source() -> str:
    """What SOURCE says, "" if nothing; a file with its whole path. Raises NoSource."""
    source = os.environ.get("SOURCE", "").strip()
    if not source or NO_FILE.fullmatch(source):
        return source
    path = Path(source).expanduser().absolute()
    if not path.exists():
        raise NoSource(f"SOURCE={source}: there is no such file or device")
    return str(path)
