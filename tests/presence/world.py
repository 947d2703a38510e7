"""The presence process for real: its own Python, a real Redis, a router that speaks HTTP, short times."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import redis
import yaml

from app.commands.buttons import BUTTONS, parse_press
from app.rules import Home, Manual, Verdict, should_watch
from app.state.facts import Facts, parse_facts
from app.state.keys import FACTS
from app.state.wishes import Auto, Wish, field_of, read_wishes, write_wishes
from app.store.outbox import Item, Outbox
from tests.deadline import eventually
from tests.fakes.router import FakeRouter

ROOT = Path(__file__).parents[2]
ROBIN, TV = "3c:22:fb:01:02:03", "00:11:32:0a:0b:0c"


class World:
    """`start()` and `stop()` the process; ask what it says and what a camera makes of that."""

    def __init__(
        self, folder: Path, client: redis.Redis, url: str, router: FakeRouter, **presence: Any
    ) -> None:
        self.folder, self.client, self.router = folder, client, router
        self.data = folder / "data"
        self._process: subprocess.Popen[bytes] | None = None
        settings = {
            "people": [{"name": "Robin", "devices": [ROBIN]}],
            "routers": [router.settings()],
            "poll_seconds": 0.05,
            "away_poll_seconds": 0.05,
            "confirm_poll_seconds": 0.05,
            "timeout_seconds": 0.5,
            "backoff_max_seconds": 0.2,
            "leave_seconds": 0.5,
            "unknown_seconds": 1,
            "exit_delay_seconds": 1,
            **presence,
        }
        config = {
            "presence": settings,
            "slack": {"alerts_channel": "C0HOME", "owners": ["U0OWNER"]},
            "storage": {"data": str(self.data)},
        }
        (folder / "config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
        self._environment = {
            **os.environ,
            "PYCAM_CONFIG": str(folder / "config.yml"),
            "REDIS_URL": url,
            "ROUTER_USERNAME": router.username,
            "ROUTER_PASSWORD": router.password,
        }

    def start(self) -> None:
        with (self.folder / "presence.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "app", "presence"],
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=log,
            )

    def stop(self, with_signal: signal.Signals = signal.SIGTERM) -> int:
        if self._process is None:
            return 0
        self._process.send_signal(with_signal)
        code = self._process.wait(20)
        self._process = None
        return code

    def log(self) -> str:
        return (self.folder / "presence.log").read_text(encoding="utf-8")

    def wish(self, wish: Wish, camera: str | None = None) -> None:
        write_wishes(self.client, {field_of(wish, camera): wish})

    def auto(self) -> None:
        self.wish(Auto(by="U0OWNER", at=time.time(), on=True))

    @property
    def facts(self) -> Facts:
        return parse_facts(self.client.hgetall(FACTS))  # type: ignore[arg-type]

    def camera(self) -> Verdict:
        """What a camera makes of all that, by its own rule."""
        wishes, fact = read_wishes(self.client), self.facts.presence
        manual = wishes.armed.get("front")
        return should_watch(
            Manual(manual.on, manual.by, manual.at) if manual else None,
            auto=wishes.auto is not None and wishes.auto.on,
            home=Home(fact.presence, fact.since) if fact else None,
        )

    def posts(self) -> list[Item]:
        return Outbox(self.data / "outbox").pending()

    def texts(self) -> list[str]:
        return [str(item.payload["text"]) for item in self.posts()]

    def wait_for_text(self, words: str) -> Item:
        eventually(
            lambda: any(words in text for text in self.texts()), f"the notice {words!r}; {self.texts()}"
        )
        return next(item for item in self.posts() if words in str(item.payload["text"]))

    def wait_for(self, what: str, presence: str, problem: bool = False) -> None:
        def so() -> bool:
            fact = self.facts.presence
            return fact is not None and fact.presence.value == presence and bool(fact.problem) is problem

        eventually(so, f"{what}: {self.log()[-1500:] if (self.folder / 'presence.log').exists() else ''}")


def press(item: Item, context: Any, snapshot: Any) -> Any:
    """Press the button of a notice, as Slack would send it."""
    block = next(block for block in item.payload["blocks"] if block["type"] == "actions")
    button = block["elements"][0]
    payload = {
        "type": "block_actions",
        "user": {"id": "U0OWNER", "team_id": "T0HOME"},
        "channel": {"id": "C0HOME"},
        "actions": [{"action_id": button["action_id"], "value": button["value"]}],
    }
    pressed = parse_press(json.dumps(payload), time.time())
    assert pressed is not None
    return BUTTONS[pressed.action](pressed, snapshot, context)
