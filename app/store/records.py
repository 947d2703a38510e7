"""What is written of an event, a sample or a tag: records that a newer pycam can read back."""

from __future__ import annotations

from typing import Protocol

from pydantic import BaseModel, ConfigDict, ValidationError

from app.domain import Tag


class Record(BaseModel):
    """Something written by pycam and read back later, perhaps by a newer pycam."""

    model_config = ConfigDict(frozen=True, extra="ignore")


def in_a_line(error: Exception) -> str:
    """For the log, where one event is one line: pydantic says it in several, and with what was read."""
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    return ": ".join(filter(None, (".".join(map(str, first["loc"])), first["msg"])))


class ClipFacts(Record):
    """What clip.mp4 is: its length, how much of that lies before the event, and its pictures in pixels."""

    seconds: float
    pre_roll_seconds: float = 0
    bytes: int = 0
    width: int = 0
    height: int = 0
    codec: str = "h264"


class EventRecord(Record):
    """What the camera knows. Times: seconds since the epoch. Boxes: x, y, w, h in pixels of `width`×`height`."""

    id: str
    camera: str
    started: float
    ended: float | None = None
    end_reason: str = ""
    frames: int = 0
    peak_area_percent: float = 0
    person_score: float | None = None
    label: str = "person"
    """What the score and the boxes are of: one of the camera's `classes`."""
    boxes: tuple[tuple[int, int, int, int], ...] = ()
    width: int = 0
    height: int = 0
    person_model: str | None = None
    person_problem: str = ""
    announced: bool = False
    """Whether an alert went into the outbox."""
    muted_why: str = ""
    nothing_probability: float | None = None
    """As the second stage (`pycam learn`) had it at the alert, 0..1; None: it was not judged."""
    quietened: bool = False
    """Whether it is taken for nothing; no longer, once it was seen too well for that."""
    clip: ClipFacts | None = None
    """Once clip.mp4 is whole."""
    clip_problem: str = ""
    """Why there is none, or less of it than there should be."""


class TagRecord(Record):
    """What a person said about it."""

    tag: Tag
    by: str
    at: float


class KeepRecord(Record):
    """Who wants it kept for good: retention leaves it alone."""

    by: str
    at: float


class MessageRecord(Record):
    """Where the alert stands in Slack."""

    channel: str
    ts: str
    file_id: str | None = None
    clip_file_id: str | None = None
    """In its thread."""


RUNNING_SECONDS = 2 * 3600.0
"""An event without an end that started longer ago was cut off by a power cut: the longest may last an hour."""


class Visit(Protocol):
    """What of an event tells whether it is over; an entry of the index has it as well."""

    @property
    def started(self) -> float: ...
    @property
    def ended(self) -> float | None: ...


def is_running(event: Visit, now: float) -> bool:
    """Whether its camera may still write about it. `now`: seconds since the epoch."""
    return event.ended is None and abs(now - event.started) <= RUNNING_SECONDS
