"""What a list shows of an event, and which events somebody wants to see. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from app.domain import Tag

LAST_SECOND = 253_402_300_799
"""Of the year 9999: later times have no place in an id."""


class Entry(BaseModel):
    """One event in a list. Times: seconds since the epoch; `score` 0..1, None if nobody was looked for."""

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

    def facets(self) -> list[str]:
        """The sets of `facets_of` in which every event that matches is."""
        return [
            *([f"camera:{self.camera}"] if self.camera is not None else []),
            *([f"label:{self.label}"] if self.label is not None else []),
            *([f"tag:{self.tag}"] if self.tag is not None else []),
            *(["kept"] if self.kept else []),
            *(["clip"] if self.clip else []),
        ]

    def beyond_facets(self) -> bool:
        """Whether being in one facet is not all that is asked."""
        needs = (self.min_score is not None, self.kept is False, self.clip is False)
        return any(needs) or len(self.facets()) > 1


class Page(NamedTuple):
    """Newest first. `next`: the cursor of the page that follows; None: this is the last one."""

    entries: Sequence[Entry]
    next: str | None


def facets_of(entry: Entry) -> set[str]:
    """The sets an event is in, beside that of all events."""
    named = {f"camera:{entry.camera}", f"label:{entry.label}", f"tag:{entry.tag or 'none'}"}
    return (
        named | ({"kept"} if entry.kept else set()) | ({"clip"} if entry.clip_seconds is not None else set())
    )


def stamp(seconds: float) -> str:
    """How the ids of events begin that start in that second: '20261120T140301'. Beyond the last one: after all ids."""
    whole = max(math.ceil(seconds), 0)
    if whole > LAST_SECOND:
        return ":"  # sorts after every digit
    return datetime.fromtimestamp(whole, UTC).strftime("%Y%m%dT%H%M%S")
