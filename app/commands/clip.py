"""/clip: the clip of an event, into the channel that asked."""

from __future__ import annotations

from app.commands.cameras import named_or_all
from app.commands.events import page_of
from app.commands.request import Context, Mistake, Outgoing, Reply, Request
from app.domain import EVENT_ID
from app.history.history import Told
from app.slack.wording import escape, quote, when
from app.state.entries import Filters
from app.state.snapshot import Snapshot
from app.store.events import is_running

USAGE = "Say `/clip` for the last one, `/clip CAMERA`, or `/clip` and an event's id, as `/events` lists them."


def clip(request: Request, snapshot: Snapshot, context: Context) -> Reply:
    """Of the event named, else of the last one that has a clip. Raises Mistake."""
    told = _asked(request, context)
    event = told.event
    which = f"*{escape(event.camera)}*, {when(event.started)}"
    if told.clip is None:
        link = page_of(event.id, context)
        shown = f" <{link}|Its picture> is there." if link and told.picture is not None else ""
        return Reply(f"There is no clip of {which}: {_why_none(told, request.received, context)}.{shown}")
    # A lane of its own, as the clips that follow their alerts: a slow upload holds up nothing else.
    outgoing = Outgoing("clip", "clips", {"event_id": event.id, "channel": request.channel})
    return Reply(f"The clip of {which} follows…", outgoing=(outgoing,))


def _asked(request: Request, context: Context) -> Told:
    """Raises Mistake."""
    word, *more = request.text.split() or ["last"]
    if EVENT_ID.fullmatch(word):
        told = context.history.get(word)
        if told is None or more:
            raise Mistake(f"There is no event {quote(request.text)} (any more). {USAGE}")
        return told
    camera = " ".join(more if word.lower() == "last" else [word, *more])
    try:
        cameras = named_or_all(camera, context)
    except Mistake as mistake:
        raise Mistake(f"{mistake} {USAGE}") from None
    filters = Filters(camera=cameras[0] if camera else None, clip=True)
    for entry in context.history.page(filters, limit=1).entries:
        if (told := context.history.get(entry.id)) is not None:
            return told
    raise Mistake(f"There is no clip of {escape(camera) or 'any event'} yet.")


def _why_none(told: Told, now: float, context: Context) -> str:
    event = told.event
    if event.clip_problem:
        return escape(event.clip_problem)
    if is_running(event, now):
        return "it is still going on"
    if event.clip is not None:
        return "it is not on the disk any more"
    if not context.settings.clips.enabled:
        return "clips are switched off (`clips.enabled`)"
    return "it is still being written, or was never begun"
