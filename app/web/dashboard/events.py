"""What happened: the list of events, the page of each, and what may be done with one."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from hashlib import sha256
from itertools import groupby

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.commands.request import Outgoing
from app.domain import Tag
from app.history.history import Kept, StillRunning, Told
from app.state.entries import Entry, Page
from app.store.events import KeepRecord, TagRecord, is_running
from app.web.dashboard.listing import Asked, asked
from app.web.dashboard.parts import BY, parts
from app.web.dashboard.words import day

log = logging.getLogger(__name__)

PAGE_EVENTS = 48
"""Divides by two, three and four columns."""

CLIP_SECONDS = 60.0
"""After the end of an event: its quiet tail, and the writing."""

pages = Blueprint("events", __name__)


@pages.get("/")
def index() -> ResponseReturnValue:
    """The list, newest first."""
    wanted = asked(request.args, parts().now())
    return render_template("events.html", asked=wanted, **_listed(wanted))


@pages.get("/events/list")
def fragment() -> ResponseReturnValue:
    """The list alone, for a page that is open already; 304 while nothing in it has changed."""
    wanted = asked(request.args, parts().now())
    response = Response(render_template("event_list.html", asked=wanted, **_listed(wanted)))
    response.set_etag(sha256(response.get_data()).hexdigest())
    response.headers["Cache-Control"] = "private, no-cache"
    return response.make_conditional(request)


@pages.get("/events/<event_id>")
def event(event_id: str) -> ResponseReturnValue:
    """All that is known of one."""
    told = _told(event_id)
    return render_template("event.html", told=told, develops=_develops(told))


@pages.post("/events/<event_id>/tag")
def tag(event_id: str) -> ResponseReturnValue:
    """Somebody was there, or nobody was. The message in Slack says so, too."""
    _told(event_id)
    said = request.form.get("tag", "")
    if said not in set(Tag):
        abort(400)
    with_ = parts()
    with_.context.history.tag(event_id, TagRecord(tag=Tag(said), by=BY, at=with_.now()))
    with_.dispatcher.put(Outgoing("edit", "alerts", {"event_id": event_id}, once=f"edit-{event_id}"))
    log.info("event %s was tagged %s", event_id, said)
    return _back_to(event_id)


@pages.post("/events/<event_id>/keep")
def keep(event_id: str) -> ResponseReturnValue:
    """Keep it for good, or no longer."""
    _told(event_id)
    with_ = parts()
    wanted = request.form.get("keep") == "yes"
    with_.context.history.keep(event_id, KeepRecord(by=BY, at=with_.now()) if wanted else None)
    log.info("event %s is %s", event_id, "kept for good" if wanted else "no longer kept")
    return _back_to(event_id)


@pages.post("/events/<event_id>/delete")
def delete(event_id: str) -> ResponseReturnValue:
    """Remove it, with its picture and clip."""
    _told(event_id)
    try:
        parts().context.history.delete(event_id)
    except StillRunning:
        flash("It is still going on; it can be deleted once it is over.")
    except Kept:
        flash("It is kept for good. Let go of it first, then delete it.")
    else:
        log.info("event %s was deleted", event_id)
        flash("The event is deleted.")
        return redirect(url_for("events.index"))
    return _back_to(event_id)


def _told(event_id: str) -> Told:
    told = parts().context.history.get(event_id)
    return told if told is not None else abort(404)


def _develops(told: Told) -> bool:
    """Whether more will be known soon: it goes on, or its clip is being written."""
    event, with_ = told.event, parts()
    if event.ended is None:
        return is_running(event, with_.now())
    pending = with_.settings.clips.enabled and told.clip is None and not event.clip_problem
    return pending and abs(with_.now() - event.ended) < CLIP_SECONDS


def _back_to(event_id: str) -> ResponseReturnValue:
    return redirect(url_for("events.event", event_id=event_id))


def _listed(wanted: Asked) -> dict[str, object]:
    context = parts().context
    page = context.history.page(wanted.filters, wanted.before, PAGE_EVENTS)
    labels = sorted({label for camera in context.settings.cameras for label in camera.classes})
    return {"page": page, "days": list(_by_day(page)), "cameras": context.camera_names(), "labels": labels}


def _by_day(page: Page) -> Iterator[tuple[str, list[Entry]]]:
    for name, entries in groupby(page.entries, key=lambda entry: day(entry.started)):
        yield name, list(entries)
