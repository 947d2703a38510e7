"""What people asked for. Written by commands, read by everything that acts on them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

import redis
from pydantic import BaseModel, ConfigDict, Field

from app.state.connection import one_round_trip, translated
from app.state.fields import parse_fields
from app.state.keys import WAKE, WISHES

PLACE_NAME = re.compile(r"[a-z0-9-]{1,32}")
PlaceName = Annotated[str, Field(pattern=rf"^{PLACE_NAME.pattern}$")]
MAX_PLACES = 50
"""Of one camera: what still fits into a reply, and keeps the hash small."""


class Wish(BaseModel):
    """Who wished it and when (seconds since the epoch)."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    by: str
    at: float


class Armed(Wish):
    """One camera armed or disarmed by hand."""

    on: bool


class Notifications(Wish):
    """Alerts wanted or muted; `until` ends a mute."""

    on: bool
    until: float | None = None


class Auto(Wish):
    """Whether presence may arm and disarm."""

    on: bool


class Guest(Wish):
    """Somebody without a phone that is known is home until then; None: the pass is over."""

    until: float | None


class Head(Wish):
    """Where the camera should look, degrees."""

    pan: int = Field(ge=-90, le=90)
    tilt: int = Field(ge=-90, le=90)


class Place(BaseModel):
    """A position somebody gave a name to, degrees."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    pan: int = Field(ge=-90, le=90)
    tilt: int = Field(ge=-90, le=90)


class Places(Wish):
    """All named positions of one camera, kept whole: of two saved in the same instant the later one stays."""

    places: dict[PlaceName, Place] = Field(max_length=MAX_PLACES)


class Picture(Wish):
    """A picture of now for `channel`, asked once; `id` tells one request from the next. Where there is none, the last
    one will do, unless it has to be `fresh`."""

    id: str
    channel: str
    fresh: bool = False


class Upload(Wish):
    """Tagged samples uploaded now, asked once; `id` tells one request from the next, `channel` hears of it."""

    id: str
    channel: str


class Wishes(BaseModel):
    """All of them. What nobody ever asked is None or absent."""

    model_config = ConfigDict(frozen=True)

    armed: dict[str, Armed] = {}
    head: dict[str, Head] = {}
    places: dict[str, Places] = {}
    picture: dict[str, Picture] = {}
    notifications: Notifications | None = None
    auto: Auto | None = None
    guest: Guest | None = None
    upload: Upload | None = None
    unreadable: tuple[str, ...] = ()
    """Fields whose value is none of ours, or another version's."""


_PER_CAMERA: dict[str, type[Wish]] = {"armed": Armed, "head": Head, "places": Places, "picture": Picture}
_SINGLE: dict[str, type[Wish]] = {
    "notifications": Notifications,
    "auto": Auto,
    "guest": Guest,
    "upload": Upload,
}


def field_of(wish: Wish, camera: str | None = None) -> str:
    """The hash field a wish is kept under: 'auto', or 'armed:front' for one that is a camera's."""
    for kinds in (_PER_CAMERA, _SINGLE):
        for name, kind in kinds.items():
            if isinstance(wish, kind):
                return f"{name}:{camera}" if kinds is _PER_CAMERA else name
    raise TypeError(f"{type(wish).__name__} is not a wish")


def parse_wishes(fields: Mapping[str, str]) -> Wishes:
    """The hash as Wishes."""
    return Wishes.model_construct(**parse_fields(fields, _PER_CAMERA, _SINGLE))


def read_wishes(client: redis.Redis) -> Wishes:
    """One round trip. Raises StateUnavailable."""
    with translated():
        return parse_wishes(client.hgetall(WISHES))  # type: ignore[arg-type]


def write_wishes(client: redis.Redis, changes: Mapping[str, Wish]) -> None:
    """Store `changes` (field -> wish) and wake whoever acts on them: one round trip. Raises StateUnavailable."""
    if not changes:
        return
    fields = (part for field, wish in changes.items() for part in (field, wish.model_dump_json()))
    with translated():
        # No MULTI: one HSET sets all of its fields or none.
        one_round_trip(client, ("HSET", WISHES, *fields), ("PUBLISH", WAKE, "wishes"))


def restore_wishes(client: redis.Redis, known: Mapping[str, Wish]) -> None:
    """Give an emptied Redis back what this process still knows; what is there stays. Raises StateUnavailable."""
    with translated():
        pipe = client.pipeline(transaction=True)
        for field, wish in known.items():
            pipe.hsetnx(WISHES, field, wish.model_dump_json())
        pipe.publish(WAKE, "wishes")
        pipe.execute()
