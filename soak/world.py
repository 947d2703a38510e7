"""What is outside the product: Redis, Slack, the router, S3, the cameras' pictures; and the product's settings."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests
import yaml

from app.demo.workspace import MEMBER, OWNER, Workspace
from app.state.connection import StateUnavailable, connect
from app.state.facts import Facts
from app.state.snapshot import read_snapshot
from soak.feed import FPS, Feed
from soak.truth import Truth
from soak.units import Units
from tests.fakes.redis_server import RedisServer
from tests.fakes.router import FakeRouter
from tests.fakes.s3_faults import S3Proxy
from tests.fakes.s3_server import S3Server

CAMERAS = ("front", "back")
PHONES = {"Robin": "3c:22:fb:01:02:03", "Sam": "3c:22:fb:0a:0b:0c"}
THINGS = {"00:11:32:0a:0b:0c": "television", "00:11:32:0a:0b:0d": "printer"}

LEAVE_SECONDS, EXIT_DELAY_SECONDS = 3.0, 4.0
SAMPLE_FRAMES = 20


class World:
    """Enter it, then `start_units`. `folder` keeps the logs and the product's data."""

    def __init__(self, folder: Path, truth: Truth, tell: Callable[[str], None], model: Path | None) -> None:
        self.folder, self.data, self._model = folder, folder / "data", model
        self.truth, self._tell = truth, tell
        self.redis = RedisServer(folder / "redis")
        self.slack = Workspace(file_ready_seconds=0.2)
        self.router = FakeRouter()
        self.s3 = S3Server()
        self.feed = Feed(CAMERAS, truth)
        self._client = connect(self.redis.url)
        self._open = contextlib.ExitStack()

    def __enter__(self) -> World:
        with contextlib.ExitStack() as opening:
            opening.enter_context(self.redis)
            opening.enter_context(self.slack)
            opening.enter_context(self.router)
            opening.enter_context(self.s3)
            self.s3_proxy = opening.enter_context(S3Proxy(self.s3.url))
            self.bucket = self.s3.new_bucket()
            self.feed.start()
            opening.callback(self.feed.stop)
            for mac, name in (*THINGS.items(), *((mac, name) for name, mac in PHONES.items())):
                self.router.connect(mac, name)
            web_port = _free_port()
            self.slack.app_url = f"http://127.0.0.1:{web_port}"
            self.units = Units(self._environment(), self.folder, self.truth, self._tell, self.is_up)
            self._web_bind = f"127.0.0.1:{web_port}"
            self._open = opening.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self.units.stop()
        self._open.close()
        self._client.close()

    def start_units(self) -> None:
        """All of the product's processes."""
        self.units.start("web", "gunicorn", "-c", "gunicorn.conf", "--bind", self._web_bind)
        for name in ("notifier", "presence", "uploader"):
            self.units.start(name, "app", name)
        for camera in CAMERAS:
            self.units.start(f"camera-{camera}", "app", "camera", camera)

    def facts(self) -> Facts | None:
        """What the processes say now; None without Redis."""
        try:
            return read_snapshot(self._client).facts
        except StateUnavailable:
            return None

    def is_up(self, unit: str, since: float) -> bool:
        """Whether a unit started at `since` does its work. Without Redis it is known of cameras and web alone."""
        if unit == "web":
            with contextlib.suppress(requests.RequestException):
                return requests.get(f"{self.slack.app_url}/health", timeout=0.5).status_code in (200, 503)
            return False
        if unit.startswith("camera-"):
            return self.feed.is_watched(unit.removeprefix("camera-"), since)
        facts = self.facts()
        heartbeat = facts.process.get(unit) if facts else None
        process = self.units.units[unit].process
        return heartbeat is not None and process is not None and heartbeat.pid == process.pid

    def _environment(self) -> dict[str, str]:
        config = self.folder / "config.yml"
        config.write_text(yaml.safe_dump(self._settings()), encoding="utf-8")
        nowhere = str(self.folder / "none")
        return {
            "PYCAM_CONFIG": str(config),
            "PYCAM_DATA": str(self.data),
            "REDIS_URL": self.redis.url,
            "SLACK_API_URL": self.slack.api_url,
            "SLACK_BOT_TOKEN": self.slack.bot_token,
            "SLACK_SIGNING_SECRET": self.slack.signing_secret,
            "ROUTER_USERNAME": self.router.username,
            "ROUTER_PASSWORD": self.router.password,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_CONFIG_FILE": nowhere,
            "AWS_SHARED_CREDENTIALS_FILE": nowhere,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def _settings(self) -> dict[str, Any]:
        """Patience in seconds where a house has minutes; what is decided is the same."""
        return {
            "slack": {
                "alerts_channel": self.slack.channel.id,
                "team_id": self.slack.team_id,
                "owners": [OWNER.id],
                "members": [MEMBER.id],
                "snooze_minutes": 1,
            },
            "cameras": [
                {
                    "name": name,
                    "source": self.feed.url(name),
                    "fps": FPS,
                    "stall_seconds": 3,
                    "head": {"kind": "none"},
                }
                for name in CAMERAS
            ],
            "person": {"model": str(self._model) if self._model else "auto", "threads": 1},
            "trigger": {"cooldown_seconds": 2},
            "training": {"quiet_every_minutes": 0.3, "frames": SAMPLE_FRAMES, "max_mb": 5000},
            # 0: old events are not removed to make room, for they are what is looked at in the end.
            "storage": {"min_free_mb": 0, "last_image_seconds": 5},
            "notifier": {
                "timeout_seconds": 2,
                "backoff_seconds": 0.2,
                "backoff_max_seconds": 2,
                "picture_ready_seconds": 3,
            },
            "presence": {
                "people": [{"name": name, "devices": [mac]} for name, mac in PHONES.items()],
                "routers": [self.router.settings()],
                "poll_seconds": 0.5,
                "away_poll_seconds": 0.5,
                "confirm_poll_seconds": 0.5,
                "timeout_seconds": 1.5,
                "backoff_max_seconds": 1,
                "leave_seconds": LEAVE_SECONDS,
                "unknown_seconds": 10,
                "exit_delay_seconds": EXIT_DELAY_SECONDS,
            },
            "uploader": {
                "enabled": True,
                "bucket": self.bucket,
                "endpoint_url": self.s3_proxy.url,
                "region": "us-east-1",
                "every_minutes": 0.1,
                "timeout_seconds": 3,
                "backoff_seconds": 0.5,
                "backoff_max_minutes": 0.05,
            },
        }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
