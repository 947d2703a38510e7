"""Which items may go out now. Pure.

Items of one lane go out one by one, in order: a head that waits for better times holds up its lane, no other.
The text of an alert goes in the lane it was put in; all that concerns its message afterwards (picture, edits) in a
lane of its own, so that a stuck picture never holds up the next alert's text. There, edits of the text go first:
they show the newest truth, and a picture that is still being processed can wait. A better picture waits until the
alert's first one stands in the message.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from app.store.outbox import Item

ALERTS = "alerts"
"""The lane of the alerts channel, as the camera and the commands put things into it."""


class Due(NamedTuple):
    """What to start now, and in how many seconds the next resting item is due (None: nothing rests)."""

    items: list[Item]
    next_in: float | None


def due(items: Iterable[Item], busy: Collection[str], resting: Mapping[str, float], now: float) -> Due:
    """The heads of all free lanes whose rest is over.

    `items` oldest first; `busy`: lanes and item ids being worked on; `resting`: item id -> when it may be tried.
    """
    items = list(items)
    in_hand = {
        event_of(item) for item in items if item.kind == "alert" and (item.id in busy or not is_posted(item))
    }
    heads: dict[str, Item] = {}
    for item in items:
        lane = lane_of(item)
        if item.id in busy or lane in busy or (follows_message(item) and event_of(item) in in_hand):
            continue  # there is no message yet; an edit will show the newest truth when there is
        head = heads.setdefault(lane, item)
        if brings_picture(head) and item.kind == "edit" and not brings_picture(item):
            heads[lane] = item
    waits = [resting[item.id] - now for item in heads.values() if resting.get(item.id, now) > now]
    ready = [item for item in heads.values() if resting.get(item.id, now) <= now]
    return Due(ready, min(waits, default=None))


def lane_of(item: Item) -> str:
    """The lane it goes in now."""
    # A clip that was sent has only to be noted where the message is.
    if item.kind == "edit" or (item.kind == "alert" and is_posted(item)) or clip_is_sent(item):
        return f"message of {event_of(item)}"
    return item.lane


def is_posted(item: Item) -> bool:
    """Whether Slack has this alert's text."""
    return "ts" in item.progress


def follows_message(item: Item) -> bool:
    """Whether it needs the alert's message: an edit of it, or a clip for its thread."""
    return item.kind == "edit" or (item.kind == "clip" and item.payload.get("channel") is None)


def clip_is_sent(item: Item) -> bool:
    """Whether Slack has this clip."""
    return item.kind == "clip" and "file_id" in item.progress


def brings_picture(item: Item) -> bool:
    """Whether a picture comes into the message with it: an alert's first one, or a better one."""
    return item.kind == "alert" or (item.kind == "edit" and "picture_taken" in item.payload)


def event_of(item: Item) -> str:
    """The id of the event an alert or edit is about; empty for anything else, or nonsense."""
    event = item.payload.get("event")
    found = event.get("id") if isinstance(event, dict) else item.payload.get("event_id")
    return found if isinstance(found, str) else ""
