"""/auto_detect_on and /auto_detect_off: whether presence may arm and disarm."""

from __future__ import annotations

from collections.abc import Iterator

from app.commands.orders import arming, fresh
from app.commands.request import Context, Reply, Request
from app.slack.wording import ago, mention
from app.state.snapshot import Snapshot
from app.state.wishes import Auto, field_of


def auto_on(request: Request, snapshot: Snapshot, context: Context) -> Reply:
    """Presence arms when the last one leaves and disarms when the first one arrives."""
    return _switch(True, request, snapshot, context)


def auto_off(request: Request, snapshot: Snapshot, context: Context) -> Reply:
    """Only commands arm and disarm."""
    return _switch(False, request, snapshot, context)


def _switch(on: bool, request: Request, snapshot: Snapshot, context: Context) -> Reply:
    known, state = snapshot.wishes.auto, "on" if on else "off"
    if known is not None and known.on == on:
        who = f"{mention(known.by)}, {ago(known.at, request.received)}"
        return Reply(f"Arming by presence is already {state} (by {who}).{_caveat(on, request, snapshot)}")
    wish = Auto(by=request.user, at=request.received, on=on)
    text = f"Arming by presence is {state}, by {mention(request.user)}.{_caveat(on, request, snapshot)}"
    lines = [text, *_consequences(wish, request, snapshot, context)]
    return Reply("\n".join(lines), in_channel=True, wishes={field_of(wish): wish})


def _consequences(wish: Auto, request: Request, snapshot: Snapshot, context: Context) -> Iterator[str]:
    """What each camera is from now on: in an empty house this arms at once, and nothing else would say so."""
    then = snapshot._replace(wishes=snapshot.wishes.model_copy(update={"auto": wish}))
    for camera in context.camera_names():
        before, after = arming(camera, snapshot), arming(camera, then)
        state = "armed" if after.verdict.yes else "disarmed"
        changed = before.verdict.yes != after.verdict.yes
        is_ = f"is {state} now" if changed else f"stays {state}"
        yield f"*{camera}* {is_}, because {after.because(request.received)}."


def _caveat(on: bool, request: Request, snapshot: Snapshot) -> str:
    if not on or fresh(snapshot.facts.process.get("presence"), request.received):
        return ""
    return " The presence process is not running: nothing is armed or disarmed by itself until it does."
