"""/events: what happened, page by page. Its buttons lead to older and newer pages of the same list."""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

from app.commands.press import Press
from app.commands.request import Context, Mistake, Outgoing, Reply, Request
from app.domain import CAMERA_NAME, EVENT_ID
from app.history.days import NoDay, day_named, span_of
from app.slack.event_messages import EventLine, event_list, has_pictures
from app.slack.messages import Message
from app.slack.wording import listing, quote
from app.state.entries import Entry, Filters
from app.state.snapshot import Snapshot
from app.store.events import is_running

PAGE_EVENTS = 8
"""A phone's screen or two; ten blocks of Slack's fifty, 6,000 of its 13,000 characters at most."""

MAX_TRAIL = 30
"""Pages one can go back the way one came: cursors of 57 characters at most, in a button's 2,000."""

USAGE = "Say `/events`, `/events yesterday` or `/events 2026-11-20`, and a camera if you like."

_ID = EVENT_ID.pattern
_VALUE = re.compile(
    rf"(?P<day>[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})?/(?P<camera>{CAMERA_NAME.pattern})?/"
    rf"(?P<trail>{_ID}(?:,{_ID}){{0,{MAX_TRAIL - 1}}})?"
)

_NOT_OURS = "This button is of no list that pycam knows. `/events` shows one."


class Place(NamedTuple):
    """A page of a list: which day and camera (None: all), and the cursors of the pages from the newest to it."""

    day: date | None = None
    camera: str | None = None
    trail: tuple[str, ...] = ()

    def value(self) -> str:
        """As a button carries it."""
        return "/".join((self.day.isoformat() if self.day else "", self.camera or "", ",".join(self.trail)))


def events(request: Request, snapshot: Snapshot, context: Context) -> Reply:
    """The first page. Where Slack has pictures of them the list follows by the response_url: if one of them was
    deleted, it still comes in words, which an answer that Slack refuses would not."""
    place = _asked(request, context)
    message = _page(place, request.received, context)
    if not (has_pictures(message.blocks) and request.response_url):
        return Reply(message.text, blocks=tuple(message.blocks))
    return Reply(
        f"{message.text} follow…", outgoing=(_reply(message, request.response_url, context, replace=False),)
    )


def turn(press: Press, snapshot: Snapshot, context: Context) -> Reply:
    """Another page in the place of the one whose button was pressed."""
    place = parse_place(press.value)
    if place is None or (place.camera is not None and place.camera not in context.camera_names()):
        return Reply(_NOT_OURS)
    message = _page(place, press.received, context)
    if not press.response_url:
        return Reply(message.text)
    return Reply("", outgoing=(_reply(message, press.response_url, context, replace=True),))


def line_of(entry: Entry, now: float, context: Context) -> EventLine:
    """What a list in Slack says of an event. `now`: seconds since the epoch."""
    message = context.events.message_of(entry.id)
    return EventLine(
        event_id=entry.id,
        camera=entry.camera,
        started=entry.started,
        ended=entry.ended,
        label=entry.label,
        score=entry.score,
        tag=entry.tag,
        kept=entry.kept,
        clip_seconds=entry.clip_seconds,
        picture=message.file_id if message else None,
        address=page_of(entry.id, context),
        running=is_running(entry, now),
    )


def page_of(event_id: str, context: Context) -> str:
    """Where the dashboard shows it; empty if nobody said how that is reached."""
    url = context.settings.dashboard.public_url
    return f"{url}/events/{event_id}" if url and context.settings.dashboard.enabled else ""


def parse_place(value: str) -> Place | None:
    """What a button carried; None if it was none of ours."""
    found = _VALUE.fullmatch(value)
    if found is None:
        return None
    try:
        day = day_named(found["day"], 0.0) if found["day"] else None
    except NoDay:
        return None
    return Place(day, found["camera"], tuple(found["trail"].split(",")) if found["trail"] else ())


def _asked(request: Request, context: Context) -> Place:
    """Words in any order: a camera, a day. Raises Mistake."""
    day: date | None = None
    camera: str | None = None
    for word in request.text.lower().split():
        if camera is None and word in context.camera_names():
            camera = word
            continue
        try:
            if day is not None:
                raise NoDay
            day = day_named(word, request.received)
        except NoDay:
            cameras = f"camera ({listing(context.camera_names())})"
            raise Mistake(f"{quote(word)} is no day and no {cameras} to list. {USAGE}") from None
    return Place(day, camera)


def _page(place: Place, now: float, context: Context) -> Message:
    since, until = span_of(place.day) if place.day else (None, None)
    filters = Filters(since=since, until=until, camera=place.camera)
    page = context.history.page(filters, place.trail[-1] if place.trail else None, PAGE_EVENTS)
    older = place._replace(trail=(*place.trail, page.next)[-MAX_TRAIL:]).value() if page.next else ""
    newer = place._replace(trail=place.trail[:-1]).value() if place.trail else ""
    lines = [line_of(entry, now, context) for entry in page.entries]
    return event_list(_title(place, now), lines, older=older, newer=newer)


def _title(place: Place, now: float) -> str:
    at = f" at {place.camera}" if place.camera else ""
    if place.day is None:
        return f"The {'last' if not place.trail else 'earlier'} events{at}"
    today = " (today)" if place.day == day_named("today", now) else ""
    return f"Events{at} on {place.day:%A}, {place.day.day} {place.day:%B %Y}{today}"


def _reply(message: Message, response_url: str, context: Context, *, replace: bool) -> Outgoing:
    payload = {
        "response_url": response_url,
        "text": message.text,
        "blocks": message.blocks,
        "replace_original": replace,
    }
    return Outgoing("reply", f"reply-{context.new_id()}", payload)
