"""What a command is given and what it gives back. Nothing here knows of HTTP, Flask or Slack's wire format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.commands.machine import Machine
from app.domain import Role
from app.history.history import History
from app.settings import Settings
from app.state.snapshot import Snapshot
from app.state.wishes import Wish
from app.store.events import EventStore
from app.store.outbox import Kind, Outbox
from app.store.pictures import LastPictures
from app.store.samples import SampleStore


@dataclass(frozen=True, slots=True)
class Request:
    """A slash command as a person typed it. `command` without its slash; `received`: seconds since the epoch."""

    command: str
    text: str
    team: str
    user: str
    channel: str
    response_url: str
    received: float
    trigger: str = ""
    """Lets a dialog be opened, for three seconds."""


@dataclass(frozen=True, slots=True)
class Context:
    """What commands work with, beside the snapshot: the settings, the disk, fresh ids, the machine's state.

    `process` is the one that answers, web or socket: it lives, whatever Redis knows of it.
    """

    process: str
    settings: Settings
    events: EventStore
    history: History
    samples: SampleStore
    pictures: LastPictures
    outbox: Outbox
    new_id: Callable[[], str]
    machine: Callable[[], Machine]

    def camera_names(self) -> list[str]:
        """The configured cameras, in the order of the settings."""
        return [camera.name for camera in self.settings.cameras]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An outbox item to put; the fields are those of `Outbox.put`."""

    kind: Kind
    lane: str
    payload: Mapping[str, Any]
    picture: bytes | None = None
    once: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What a command answers, and what is to be carried out for it.

    `text` is seen by the person alone unless `in_channel`. `later` is work too slow for Slack's 3 s: it runs
    after the answer, and the text it returns follows through the response_url.
    """

    text: str
    in_channel: bool = False
    blocks: tuple[dict[str, Any], ...] = ()
    wishes: Mapping[str, Wish] = field(default_factory=dict)
    outgoing: tuple[Outgoing, ...] = ()
    later: Callable[[], str] | None = None


class NotAccepted(Exception):
    """The request is genuine but not for this pycam, or not for a second time. Nothing was changed."""


class Mistake(Exception):
    """What was typed cannot be done; the text tells the person what is expected."""


Handler = Callable[[Request, Snapshot, Context], Reply]


@dataclass(frozen=True, slots=True)
class Command:
    """One row of the table. `role`: the least one that may; `usage`: what may stand after the name.

    Members may look and owners may change, so a member's command is a question. `without_redis` answers it as
    far as that goes while Redis is away; the snapshot it gets is empty.
    """

    name: str
    usage: str
    summary: str
    role: Role
    handler: Handler
    without_redis: Handler | None = None
