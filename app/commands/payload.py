"""What all of Slack's payloads of interactions and events share. Strict: a number is no text, nothing is guessed."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Strict(BaseModel):
    """A part of a payload; what is not named in it is passed over."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class Typed(Strict):
    """Only what kind of payload it is."""

    type: str


class Named(Strict):
    """A workspace, a channel or a person, by id."""

    id: str = Field(min_length=1, max_length=64)


class User(Named):
    """Who did it, and in which workspace."""

    team_id: str = ""


class Malformed(Exception):
    """The payload is not what Slack sends."""
