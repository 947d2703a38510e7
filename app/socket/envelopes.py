"""What is in an envelope, checked. It came by our own connection to Slack: no signature, and still no trust."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.commands.buttons import Press
from app.commands.payload import Malformed
from app.commands.request import Request
from app.commands.submission import SUBMITTED, Submission, parse_interaction
from app.slack.socket_connection import Envelope

Id = Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9]+$")]


class _SlashCommand(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")

    command: str = Field(max_length=64, pattern=r"^/\S+$")
    text: str = ""
    team_id: str = ""
    user_id: Id
    channel_id: Id
    response_url: str = Field("", max_length=3000)
    trigger_id: str = Field("", max_length=255)


def to_command(envelope: Envelope, received: float) -> Request:
    """The slash command. Raises Malformed, quoting nothing."""
    try:
        told = _SlashCommand.model_validate(envelope.payload)
    except ValidationError as error:
        raise Malformed(f"the command is malformed ({error.error_count()} errors)") from None
    return Request(
        command=told.command.removeprefix("/"),
        text=told.text,
        team=told.team_id,
        user=told.user_id,
        channel=told.channel_id,
        response_url=told.response_url,
        received=received,
        trigger=told.trigger_id,
    )


def is_submission(envelope: Envelope) -> bool:
    """Whether a dialog waits for the answer: the acknowledgement may say what is wrong in it."""
    return envelope.kind == "interactive" and envelope.payload.get("type") == SUBMITTED


def to_interaction(envelope: Envelope, received: float) -> Press | Submission | None:
    """What it tells of; None for an interaction that is none of ours. Raises Malformed."""
    return parse_interaction(json.dumps(envelope.payload), received)


def memory_key(envelope: Envelope) -> str:
    """What the memory of handled requests knows it by: the act of the person, however often it is delivered.

    A redelivery may come in a new envelope, but a trigger_id belongs to one command or press.
    """
    trigger = envelope.payload.get("trigger_id")
    act = f"trigger {trigger}" if isinstance(trigger, str) and trigger else f"envelope {envelope.id}"
    return hashlib.sha256(act.encode(errors="replace")).hexdigest()
