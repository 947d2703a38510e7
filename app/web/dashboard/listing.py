"""What a list of events was asked for in an address, and the address that asks for it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from urllib.parse import urlencode

from app.domain import CAMERA_NAME, EVENT_ID, Tag
from app.history.days import NoDay, day_named, span_of
from app.state.entries import Filters

NAMES = ("day", "camera", "label", "tag", "score", "kept", "clip")
"""The filters of the page, in the order of its form."""

_TAGS = {"occupied": Tag.OCCUPIED, "unoccupied": Tag.UNOCCUPIED, "none": "none"}


@dataclass(frozen=True, slots=True)
class Asked:
    """`chosen`: what of NAMES was asked for, as typed; `before`: the cursor. `mistake` says what cannot be."""

    chosen: dict[str, str]
    filters: Filters
    before: str | None = None
    mistake: str = ""

    def address(self, **changes: str | None) -> str:
        """'/?day=today&before=…': this list with other filters; None leaves one out."""
        query = {name: value for name, value in (self.chosen | changes).items() if value}
        return "/?" + urlencode(query) if query else "/"


def asked(query: Mapping[str, str], now: float, zone: tzinfo | None = None) -> Asked:
    """What `query` asks for. A mistake in it gives the whole list and says so: an old link still shows something."""
    chosen = {name: text for name in NAMES if (text := query.get(name, "").strip()[:80])}
    before = query.get("before", "")
    try:
        filters = _filters(chosen, now, zone)
    except ValueError as error:
        return Asked({}, Filters(), None, str(error))
    if before and not EVENT_ID.fullmatch(before):
        return Asked(chosen, filters, None, "That is no page of this list; this is the first one.")
    return Asked(chosen, filters, before or None)


def _filters(chosen: Mapping[str, str], now: float, zone: tzinfo | None) -> Filters:
    wanted: dict[str, object] = {}
    if day := chosen.get("day"):
        try:
            wanted["since"], wanted["until"] = span_of(day_named(day, now, zone), zone)
        except NoDay as error:
            raise ValueError(f"{error}. These are all events.") from None
    if camera := chosen.get("camera"):
        if not CAMERA_NAME.fullmatch(camera):
            raise ValueError("There is no such camera. These are all events.")
        wanted["camera"] = camera
    if label := chosen.get("label"):
        wanted["label"] = label
    if tag := chosen.get("tag"):
        if tag not in _TAGS:
            raise ValueError("There is no such tag. These are all events.")
        wanted["tag"] = _TAGS[tag]
    if score := chosen.get("score"):
        if not score.isascii() or not score.isdigit() or int(score) > 100:
            raise ValueError("The score is a whole number of percent, 0 to 100. These are all events.")
        wanted["min_score"] = int(score) / 100
    for name in ("kept", "clip"):
        if chosen.get(name):
            wanted[name] = True
    return Filters.model_validate(wanted)
