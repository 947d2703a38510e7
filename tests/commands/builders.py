"""Requests, snapshots and contexts as the tests of commands need them."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import fakeredis

from app.commands.machine import Machine
from app.commands.request import Context, Request
from app.history.history import History
from app.settings import Settings
from app.state.facts import CameraFact, Facts
from app.state.snapshot import Snapshot
from app.state.wishes import Armed, Wishes
from app.store.events import EventStore
from app.store.outbox import Outbox
from app.store.pictures import LastPictures
from app.store.samples import SampleStore

NOW = 1_800_000_000.0
OWNER, MEMBER, STRANGER = "U0OWNER", "U0MEMBER", "U0STRANGER"
EVENT = "20270115T080000-front-0123abcd"

NOTHING_KNOWN = Machine(None, None, None, None, None)


def settings_with(data: Path, *cameras: str, **sections: Any) -> Settings:
    return Settings.model_validate(
        {
            "slack": {"owners": [OWNER], "members": [MEMBER], "alerts_channel": "C0HOME"},
            "cameras": [{"name": name, "source": "x.mp4"} for name in cameras or ("front",)],
            "storage": {"data": data},
            "secrets": {"slack_signing_secret": "shh"},
            **sections,
        }
    )


def context_with(data: Path, *cameras: str, machine: Machine = NOTHING_KNOWN, **sections: Any) -> Context:
    settings = settings_with(data, *cameras, **sections)
    numbers = itertools.count(1)
    events, samples = EventStore(data / "events"), SampleStore(data / "samples", max_mb=10)
    client = fakeredis.FakeRedis(decode_responses=True)
    return Context(
        process="web",
        settings=settings,
        events=events,
        history=History(events, client, samples=samples, tag_samples=settings.training.enabled),
        samples=samples,
        pictures=LastPictures(data / "cameras"),
        outbox=Outbox(data / "outbox"),
        new_id=lambda: f"id{next(numbers)}",
        machine=lambda: machine,
    )


def request_of(
    command: str, text: str = "", *, user: str = OWNER, team: str = "T0HOME", received: float = NOW
) -> Request:
    return Request(
        command=command,
        text=text,
        team=team,
        user=user,
        channel="C0HOME",
        response_url="https://hooks.slack.com/commands/T0HOME/1/x",
        received=received,
    )


def snapshot_with(wishes: Wishes | None = None, facts: Facts | None = None) -> Snapshot:
    return Snapshot(True, wishes or Wishes(), facts or Facts())


def armed(on: bool, by: str = OWNER, at: float = NOW - 7200, camera: str = "front") -> Wishes:
    return Wishes(armed={camera: Armed(by=by, at=at, on=on)})


def camera_fact(**changes: Any) -> CameraFact:
    values: dict[str, Any] = {
        "at": NOW - 1,
        "source_state": "running",
        "last_frame_at": NOW - 1,
        "fps": 10.0,
        "watching": True,
        "watching_why": "armed by hand",
        "person_model": "yolox-nano",
    }
    return CameraFact(**values | changes)
