"""The appliance as it runs in a house: real Redis, gunicorn, camera and notifier; a strict stand-in for Slack."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import requests
import yaml

from app.demo.processes import Processes
from app.demo.workspace import MEMBER, OWNER, Message, Workspace
from app.state.connection import StateUnavailable, connect
from app.state.snapshot import Snapshot, read_snapshot


class Appliance:
    """Processes are started one by one, so that a scenario decides what is there and when."""

    def __init__(self, folder: Path, redis_url: str, **overlay: Any) -> None:
        self.folder, self.data = folder, folder / "data"
        self.redis_url = redis_url
        self.story: list[str] = []
        self.slack = Workspace(file_ready_seconds=0.2, on_event=self.story.append).start()
        self.web_port = free_port()
        self.slack.app_url = f"http://127.0.0.1:{self.web_port}"
        slack = {
            "alerts_channel": self.slack.channel.id,
            "team_id": self.slack.team_id,
            "owners": [OWNER.id],
            "members": [MEMBER.id],
        }
        config = folder / "config.yml"
        config.write_text(yaml.safe_dump({"slack": slack, **overlay}), encoding="utf-8")
        self.environment = {
            "PYCAM_CONFIG": str(config),
            "PYCAM_DATA": str(self.data),
            "REDIS_URL": redis_url,
            "SLACK_API_URL": self.slack.api_url,
            "SLACK_BOT_TOKEN": self.slack.bot_token,
            "SLACK_SIGNING_SECRET": self.slack.signing_secret,
        }
        self.processes = Processes(self.environment, folder, self.story.append)
        self._client = connect(redis_url)

    def start_web(self) -> None:
        """gunicorn, and wait until it answers."""
        bind = f"127.0.0.1:{self.web_port}"
        self.processes.start("web", "gunicorn", "-c", "gunicorn.conf", "--bind", bind)
        eventually(self._web_answers, "gunicorn answers", 30)

    def _web_answers(self) -> bool:
        with contextlib.suppress(requests.RequestException):
            return requests.get(f"{self.slack.app_url}/health", timeout=2).ok
        return False

    def start_notifier(self) -> None:
        """The outbox begins to empty."""
        self.processes.start("notifier", "app", "notifier")

    def start_camera(self, name: str = "front") -> None:
        """The camera begins to look."""
        self.processes.start(f"camera-{name}", "app", "camera", name)

    def snapshot(self) -> Snapshot:
        """All wishes and facts now."""
        return read_snapshot(self._client)

    def ask(self, command: str, text: str = "", user: str = OWNER.id) -> str:
        """Type a slash command; what the person then sees at once."""
        acted = self.slack.command(command, text, user=user)
        assert acted.status == 200, acted
        assert acted.error is None, acted
        return f"{acted.message.text} {acted.message.blocks}" if acted.message else ""

    def alerts(self) -> list[Message]:
        """Messages of the app that carry an alert's buttons."""
        return [m for m in self.slack.messages() if any(a["action_id"] == "disarm" for a in m.actions())]

    def log(self, process: str) -> str:
        """What a process said so far."""
        path = self.folder / f"{process}.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def has_ended(self, process: str) -> bool:
        """Whether a process has come to its own end."""
        return not self.processes.is_running(process)

    def stop(self) -> None:
        """End everything, keeping the folder for whoever asks what happened."""
        self.processes.stop()
        self.slack.stop()


@contextlib.contextmanager
def appliance(folder: Path, redis_url: str, **overlay: Any) -> Iterator[Appliance]:
    """An Appliance, stopped whatever happens; its logs are printed for pytest to show if the test fails."""
    it = Appliance(folder, redis_url, **overlay)
    try:
        yield it
    finally:
        it.stop()
        for log in sorted(folder.glob("*.log")):
            print(f"--- {log.name}\n{log.read_text(encoding='utf-8', errors='replace')[-4000:]}")
        print("--- story", *it.story, sep="\n")


def eventually(true: Callable[[], Any], what: str, seconds: float) -> Any:
    """The first true value of `true`, asked every 50 ms. Fails with `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with contextlib.suppress(StateUnavailable):
            if value := true():
                return value
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s: {what}")


def free_port() -> int:
    """A TCP port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
