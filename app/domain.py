"""The words of the product. No I/O, no clock, no settings: what every other module talks about."""

from __future__ import annotations

import re
import secrets
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple


class Box(NamedTuple):
    """A rectangle in pixels of the full frame: left, top, width, height."""

    x: int
    y: int
    w: int
    h: int


class Detection(NamedTuple):
    """One thing the person gate saw. `score` is 0..1."""

    box: Box
    score: float
    label: str = "person"


class Tag(StrEnum):
    """What a person said about an alert or a quiet sample."""

    OCCUPIED = "occupied"
    UNOCCUPIED = "unoccupied"


class Presence(StrEnum):
    """Who is home, as far as is known. UNKNOWN never arms and never disarms."""

    HOME = "home"
    AWAY = "away"
    UNKNOWN = "unknown"


class Role(StrEnum):
    """OWNER may do everything; MEMBER may look; STRANGER may do nothing."""

    OWNER = "owner"
    MEMBER = "member"
    STRANGER = "stranger"


CAMERA_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")
"""Camera names become folder and key names, so they are narrow on purpose."""

EVENT_ID = re.compile(r"[0-9]{8}T[0-9]{6}-[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?-[0-9a-f]{8}")


def new_event_id(camera: str, started: float) -> str:
    """An id that sorts by time and names its camera: 20261120T140301-front-9f3a0c1e.

    Raises ValueError if `camera` is not a camera's name.
    """
    if not CAMERA_NAME.fullmatch(camera):
        raise ValueError("not a camera's name")
    # int(): fromtimestamp rounds to microseconds, and 1.9999996 s is still the first second.
    when = datetime.fromtimestamp(int(started), UTC).strftime("%Y%m%dT%H%M%S")
    return f"{when}-{camera}-{secrets.token_hex(4)}"


def event_started(event_id: str) -> float:
    """When the event of that id started, to the second: seconds since the epoch. Raises ValueError if it is no id."""
    if not EVENT_ID.fullmatch(event_id):
        raise ValueError("not an event's id")
    return datetime.strptime(event_id[:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC).timestamp()
