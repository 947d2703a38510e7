"""/look: places of a camera, by name. `/look save door` names where it was asked to look, `/look door` goes back."""

from __future__ import annotations

import re

from app.commands.cameras import named_or_only
from app.commands.head import aim, degrees, doubts
from app.commands.request import Context, Mistake, Reply, Request
from app.slack.wording import listing, quote
from app.state.snapshot import Snapshot
from app.state.wishes import MAX_PLACES, PLACE_NAME, Place, Places, field_of

_GRAMMAR = re.compile(r"(?:(?P<verb>save|forget)\s+)?(?P<place>\S+)(?:\s+(?P<camera>\S+))?", re.IGNORECASE)
_VERBS = ("save", "forget")


def look(request: Request, snapshot: Snapshot, context: Context) -> Reply:
    """Aim at a place, name or forget one; without a text, list them."""
    text = request.text.strip()
    if not text:
        return Reply("\n".join(_listed(camera, snapshot) for camera in context.camera_names()))
    match = _GRAMMAR.fullmatch(text)
    place = match["place"].lower() if match else ""
    if match is None or place in _VERBS or not PLACE_NAME.fullmatch(place):
        raise Mistake(
            f"{quote(text)} names no place. Say `/look door`, `/look save door` or `/look forget door`; a name is "
            "1 to 32 letters, digits or '-'. `/look` alone lists them."
        )
    verb, named = (match["verb"] or "").lower(), match["camera"] or ""
    if verb == "save":
        return _save(place, named_or_only(named, context), request, snapshot, context)
    camera = _with_place(place, named, snapshot, context)
    if verb == "forget":
        return _forget(place, camera, request, snapshot)
    there = _places(camera, snapshot)[place]
    wish = aim(camera, there.pan, there.tilt, request, context)
    return Reply(
        f"*{camera}* is asked to look at {place}: {degrees(wish.pan, wish.tilt)}."
        f"{doubts(camera, request.received, snapshot)}",
        wishes={field_of(wish, camera): wish},
    )


def _save(place: str, camera: str, request: Request, snapshot: Snapshot, context: Context) -> Reply:
    """What was asked, not what is so: right after a /rotate the head is still on its way."""
    wish = snapshot.wishes.head.get(camera)
    if wish is None:
        raise Mistake(f"Nobody has aimed *{camera}* yet. Say where with `/rotate PAN TILT`, then save that.")
    aim(camera, wish.pan, wish.tilt, request, context)  # a place it may not turn to is none
    places = {**_places(camera, snapshot), place: Place(pan=wish.pan, tilt=wish.tilt)}
    if len(places) > MAX_PLACES:
        raise Mistake(f"*{camera}* has {MAX_PLACES} places; make room with `/look forget PLACE`.")
    return Reply(
        f"{degrees(wish.pan, wish.tilt)} of *{camera}* is now called {place}: `/look {place}`.",
        wishes=_kept(camera, places, request),
    )


def _forget(place: str, camera: str, request: Request, snapshot: Snapshot) -> Reply:
    left = {name: there for name, there in _places(camera, snapshot).items() if name != place}
    return Reply(f"*{camera}* has forgotten {place}.", wishes=_kept(camera, left, request))


def _kept(camera: str, places: dict[str, Place], request: Request) -> dict[str, Places]:
    wish = Places(by=request.user, at=request.received, places=places)
    return {field_of(wish, camera): wish}


def _with_place(place: str, named: str, snapshot: Snapshot, context: Context) -> str:
    """The named camera, or the only one that knows the place. Raises Mistake."""
    asked = [named_or_only(named, context)] if named else context.camera_names()
    knowing = [camera for camera in asked if place in _places(camera, snapshot)]
    if not knowing:
        lists = "\n".join(_listed(camera, snapshot) for camera in asked)
        raise Mistake(f"There is no place {quote(place)}.\n{lists}")
    if len(knowing) > 1:
        raise Mistake(f"Say which camera, {listing(knowing, 'or')}: each has a place called {place}.")
    return knowing[0]


def _listed(camera: str, snapshot: Snapshot) -> str:
    places = _places(camera, snapshot)
    if not places:
        return f"*{camera}*: no places yet. Aim it with `/rotate`, then say `/look save door`."
    lines = [f"{name} ({degrees(there.pan, there.tilt)})" for name, there in sorted(places.items())]
    return f"*{camera}*: {', '.join(lines)}"


def _places(camera: str, snapshot: Snapshot) -> dict[str, Place]:
    kept = snapshot.wishes.places.get(camera)
    return dict(kept.places) if kept else {}
