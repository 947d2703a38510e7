"""What a workspace is made of: people, channels, messages, files. Frozen, so that a test may keep what it saw."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.domain import Role

Json = dict[str, Any]

FILE_ID = re.compile(r"F[A-Z0-9]{8,}")
"""What Slack accepts as a file id in an image block."""


@dataclass(frozen=True, slots=True)
class User:
    """A person (or the app's bot user). `role` is only a hint for the page: the app keeps its own lists."""

    id: str
    name: str
    real_name: str
    role: Role | None = None
    colour: str = "#5b6472"
    is_bot: bool = False


@dataclass(frozen=True, slots=True)
class Channel:
    """A conversation. The bot may only post where it is a member."""

    id: str
    name: str
    topic: str = ""
    bot_is_member: bool = True
    is_private: bool = False


@dataclass(frozen=True, slots=True)
class SlashCommand:
    """One line of the composer's menu. `name` starts with a slash."""

    name: str
    description: str = ""
    usage: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it is now; an edit makes a new value with the same `ts` and a higher `revision`.

    `visible_to` names the only person who sees it (ephemeral). `thread_ts` is the parent's ts for a reply.
    """

    channel: str
    ts: str
    user: str
    text: str
    blocks: tuple[Json, ...] = ()
    thread_ts: str | None = None
    file_ids: tuple[str, ...] = ()
    visible_to: str | None = None
    is_bot: bool = False
    edited_ts: str | None = None
    revision: int = 0

    @property
    def is_ephemeral(self) -> bool:
        return self.visible_to is not None

    def actions(self) -> list[Json]:
        """Every interactive element of the message, each with the `block_id` it stands in."""
        found: list[Json] = []
        for block in self.blocks:
            elements = list(block.get("elements", ())) if block["type"] == "actions" else []
            if "accessory" in block:
                elements.append(block["accessory"])
            found += [{**e, "block_id": block["block_id"]} for e in elements if "action_id" in e]
        return found


@dataclass(frozen=True, slots=True)
class File:
    """An uploaded file. `size` is bytes as declared; `ready_at` is the monotonic second its processing ends."""

    id: str
    name: str
    title: str
    size: int
    user: str
    created: int
    data: bytes | None = field(default=None, repr=False)
    mimetype: str = ""
    channels: tuple[str, ...] = ()
    ready_at: float | None = None
    """None until files.completeUploadExternal was called."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request between app and workspace, for assertions.

    `direction` is "in" (the app called Slack) or "out" (Slack called the app). `method` is the Web API method,
    "upload", "response_url" or the request path. `status` is None when no answer was given or came. `ok`: the work
    was done (it may be although a fault kept the answer back). `error` is Slack's error code, the fault injected
    or what a person would have been shown. `args` never holds the token and is empty where a fault came first.
    """

    direction: str
    method: str
    at: float
    status: int | None
    ok: bool
    error: str | None = None
    fault: str | None = None
    args: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def summary(self) -> str:
        """One line of the arguments, cut to 200 characters."""
        return " ".join(f"{key}={value!r}" for key, value in self.args.items())[:200]


class SlackError(Exception):
    """A refusal as Slack words it: {"ok": false, "error": CODE, …}."""

    def __init__(self, code: str, *, messages: list[str] | None = None, **extra: Any) -> None:
        super().__init__(code)
        self.code = code
        self.extra: Json = dict(extra)
        if messages:
            self.extra["response_metadata"] = {"messages": messages}
