"""The notifier's parts on a real folder, against the strict stand-in for Slack, on a clock the test moves."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.demo.workspace import Message, Workspace
from app.domain import Tag, new_event_id
from app.notifier import lanes
from app.notifier.courier import Courier
from app.notifier.desk import Desk
from app.notifier.ledger import Ledger
from app.settings import Settings
from app.slack.client import SlackClient
from app.store.events import EventRecord, EventStore, TagRecord
from app.store.outbox import Item, Outbox

JPEG = b"\xff\xd8\xff\xe0" + b"picture" * 100 + b"\xff\xd9"


class Bench:
    """Attempts items one by one, as the notifier's threads would; `restart()` forgets all but the disk."""

    def __init__(self, data: Path, slack: Workspace, **settings: Any) -> None:
        self.data, self.slack = data, slack
        self.clock = time.time()
        self.settings = settings_for(slack, data, **settings)
        self.events = EventStore(data / "events")
        self.restart()

    def restart(self) -> None:
        self.outbox = Outbox(self.data / "outbox")
        self.ledger = Ledger(self.outbox)
        self.client = SlackClient(
            self.slack.bot_token,
            base_url=self.slack.api_url,
            timeout_seconds=self.settings.notifier.timeout_seconds,
            clock=lambda: self.clock,
        )
        self.desk = Desk(self.client, self.ledger, self.events, self.settings, lambda: self.clock)
        self.courier = Courier(self.desk, self.outbox, chance=lambda: 1.0)
        self.resting: dict[str, float] = {}

    def run_once(self) -> list[tuple[Item, float]]:
        """One attempt at everything that is due: what was tried, and how long each has to rest."""
        tried = []
        for item in lanes.due(self.ledger.pending(), set(), self.resting, self.clock).items:
            rest = self.courier.attempt(item)
            self.resting[item.id] = self.clock + rest
            tried.append((item, rest))
        return tried

    def drain(self, rounds: int = 60) -> float:
        """Let time pass until nothing waits; the seconds that took on the test's clock."""
        began = self.clock
        for _ in range(rounds):
            if not self.run_once():
                waits = [at - self.clock for at in self.resting.values() if at > self.clock]
                if not self.ledger.pending():
                    return self.clock - began
                self.clock += min(waits)
        raise AssertionError(f"still waiting after {rounds} rounds: {self.ledger.pending()}")

    def event(self, camera: str = "front", **changes: Any) -> EventRecord:
        facts = {"person_score": 0.87, "person_model": "yolox-nano", "announced": True, **changes}
        started = facts.pop("started", self.clock)
        event = EventRecord(id=new_event_id(camera, started), camera=camera, started=started, **facts)
        self.events.save(event)
        return event

    def put_alert(
        self, event: EventRecord | None = None, picture: bytes | None = JPEG, training: bool = True
    ) -> EventRecord:
        event = event or self.event()
        payload = {"event": event.model_dump(mode="json"), "training": training}
        self.outbox.put("alert", payload, lane="alerts", picture=picture, now=self.clock)
        self.clock += 0.001  # the next one is younger
        return event

    def put_edit(self, event: EventRecord) -> None:
        self.outbox.put(
            "edit", {"event_id": event.id}, lane="alerts", once=f"edit-{event.id}", now=self.clock
        )

    def tag(self, event: EventRecord, tag: Tag = Tag.OCCUPIED) -> None:
        self.events.tag(event.id, TagRecord(tag=tag, by="U0HOMEOWNER", at=self.clock))
        self.put_edit(event)

    def posts(self) -> list[Message]:
        """The messages of the channel, without those in threads."""
        return [message for message in self.slack.messages() if message.thread_ts is None]

    def set_aside(self) -> list[Path]:
        return sorted((self.data / "outbox" / "set-aside").glob("*.json"))


def settings_for(slack: Workspace, data: Path, **notifier: Any) -> Settings:
    """Settings that send to `slack`; keywords are slack.* where they are known there, else notifier.*."""
    channel = {"alerts_channel": slack.channel.id}
    for key in ("alerts_channel", "delete_picture_after_tag", "clip_max_mb"):
        if key in notifier:
            channel[key] = notifier.pop(key)
    dashboard = notifier.pop("dashboard", {})
    redis = notifier.pop("redis_url", "redis://127.0.0.1:1/0")
    return Settings.model_validate(
        {
            "slack": channel,
            "storage": {"data": data},
            "dashboard": dashboard,
            "notifier": {"timeout_seconds": 1, "backoff_seconds": 1, "backoff_max_seconds": 60, **notifier},
            "secrets": {
                "slack_bot_token": slack.bot_token,
                "slack_api_url": slack.api_url,
                "redis_url": redis,
            },
        }
    )


def pictures(message: Message) -> list[str]:
    """The file ids of a message's picture blocks."""
    return [block["slack_file"]["id"] for block in message.blocks if block["type"] == "image"]


@pytest.fixture
def slack() -> Iterator[Workspace]:
    with Workspace() as workspace:
        yield workspace


@pytest.fixture
def bench(tmp_path: Path, slack: Workspace) -> Bench:
    return Bench(tmp_path, slack)
