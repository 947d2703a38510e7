"""What the loop hands to the recorder: references and small facts, so that handing over costs no frame anything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.domain import Box
from app.store.events import EventRecord
from app.vision.gate import Picture


@dataclass(frozen=True, slots=True)
class AlertJob:
    """A new event. Announced if the record says so."""

    event: EventRecord
    frame: Picture | None
    boxes: tuple[Box, ...]
    training: bool


@dataclass(frozen=True, slots=True)
class UpdateJob:
    """An event as it is now."""

    event: EventRecord


@dataclass(frozen=True, slots=True)
class ClipJob:
    """An event whose clip is on the disk, or is known to be none. `told` is called when its record says so."""

    event: EventRecord
    told: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class BetterPictureJob:
    """An event as it is now, and a picture that shows it clearly better: the `number`th one, from 1."""

    event: EventRecord
    frame: Picture
    boxes: tuple[Box, ...]
    number: int


@dataclass(frozen=True, slots=True)
class PostJob:
    """A sentence for the alerts channel; `told` is called when it is in the outbox.

    `trouble`: whose trouble it is about, as its process is called, if anybody's: that is told besides Slack as well.
    """

    text: str
    told: Callable[[], None]
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class PictureJob:
    """The picture somebody asked for; `frame` None: none is to be had, send the last one kept (or, `fresh`, say so)."""

    camera: str
    channel: str
    frame: Picture | None
    taken: float
    answered: Callable[[], None]
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class KeepPictureJob:
    """The camera's last picture, for when it is asked for and the camera is away."""

    camera: str
    frame: Picture


Urgent = AlertJob | UpdateJob | ClipJob | BetterPictureJob | PostJob | PictureJob
