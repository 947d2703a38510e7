"""What a list shows of an event, and which events somebody wants to see. Pure."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from app.domain import Tag

PERSON = "person"
"""What most events are of."""

LAST_SECOND = 253_402_300_799
"""Of the year 9999: later times have no place in an id."""


class Entry(BaseModel):
    """One event in a list. Times: seconds since the epoch, to the millisecond; `score` 0..1, to four places, None if
    nobody was looked for."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    camera: str
    started: float
    ended: float | None = None
    label: str = "person"
    score: float | None = None
    tag: Tag | None = None
    kept: bool = False
    clip_seconds: float | None = None
    """None: there is no clip (yet)."""
    announced: bool = False


class Filters(BaseModel):
    """Which events: all that is not None has to be so. `since` <= start < `until`, in whole seconds since the epoch."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    since: float | None = None
    until: float | None = None
    camera: str | None = None
    label: str | None = None
    tag: Tag | Literal["none"] | None = None
    """'none': those nobody tagged."""
    min_score: float | None = None
    kept: bool | None = None
    clip: bool | None = None

    def match(self, entry: Entry) -> bool:
        """Whether it is one of them."""
        return (
            self.match_id(entry.id)
            and self.camera in (None, entry.camera)
            and self.label in (None, entry.label)
            and (self.tag is None or self.tag == (entry.tag or "none"))
            and (self.min_score is None or (entry.score is not None and entry.score >= self.min_score))
            and self.kept in (None, entry.kept)
            and self.clip in (None, entry.clip_seconds is not None)
        )

    def match_id(self, event_id: str) -> bool:
        """Whether the time in its id is one of theirs."""
        return (self.since is None or event_id >= stamp(self.since)) and (
            self.until is None or event_id < stamp(self.until)
        )

    def match_camera(self, event_id: str) -> bool:
        """Whether the camera in its id is theirs."""
        return self.camera in (None, camera_of(event_id))

    def facets(self) -> list[str]:
        """The sets of `facets_of` in which every event that matches is."""
        return [
            *([f"label:{self.label}"] if self.label not in (None, PERSON) else []),
            *([f"tag:{self.tag}"] if self.tag not in (None, "none") else []),
            *(["kept"] if self.kept else []),
        ]

    def beyond_facets(self) -> bool:
        """Whether being in one facet, or among all events, is not all that is asked."""
        others = (self.camera, self.min_score, self.clip, self.label, self.tag, self.kept)
        return sum(other is not None for other in others) > len(self.facets()) or len(self.facets()) > 1


class Page(NamedTuple):
    """Newest first. `next`: the cursor of the page that follows; None: this is the last one."""

    entries: Sequence[Entry]
    next: str | None


def facets_of(entry: Entry) -> set[str]:
    """The sets an event is in, beside that of all events: for what is true of few, and would be looked for long."""
    return {
        *([f"label:{entry.label}"] if entry.label != PERSON else []),
        *([f"tag:{entry.tag}"] if entry.tag else []),
        *(["kept"] if entry.kept else []),
    }


def packed(entry: Entry) -> str:
    """All but id and camera, in some 60 bytes: 50,000 of them live in a small Redis."""
    return json.dumps(
        [
            *(entry.started, entry.ended, entry.label, entry.score, entry.tag),
            *(int(entry.kept), entry.clip_seconds, int(entry.announced)),
        ],
        separators=(",", ":"),
    )


def unpacked(event_id: str, text: str | None) -> Entry | None:
    """What was packed; None if it was not."""
    try:
        started, ended, label, score, tag, kept, clip, announced = json.loads(text or "")
        return Entry(
            id=event_id,
            camera=camera_of(event_id),
            started=started,
            ended=ended,
            label=label,
            score=score,
            tag=tag,
            kept=kept,
            clip_seconds=clip,
            announced=announced,
        )
    except (ValueError, TypeError):  # another version's, or none of ours
        return None


def camera_of(event_id: str) -> str:
    """The camera that an id names."""
    return event_id[16:-9]


def stamp(seconds: float) -> str:
    """How the ids of events begin that start in that second: '20261120T140301'. Beyond the last one: after all ids."""
    whole = max(math.ceil(seconds), 0)
    if whole > LAST_SECOND:
        return ":"  # sorts after every digit
    return datetime.fromtimestamp(whole, UTC).strftime("%Y%m%dT%H%M%S")
