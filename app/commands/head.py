"""/rotate and /current_position: where the camera should look. The wish is kept; the head follows it."""

from __future__ import annotations

import re

from app.commands.cameras import named_or_all, named_or_only
from app.commands.request import Context, Mistake, Reply, Request
from app.commands.wording import ago, person, quote
from app.state.snapshot import Snapshot
from app.state.wishes import Head, field_of

MAX_DEGREES = 90
"""Of the pan-tilt HAT, each way from straight ahead."""

_GRAMMAR = re.compile(
    r"(?P<pan>[+-]?[0-9]{1,3})(?:\s+|\s*,\s*)(?P<tilt>[+-]?[0-9]{1,3})(?:\s+(?P<camera>\S+))?"
)


def parse_rotate(text: str) -> tuple[int, int, str] | None:
    """'PAN TILT [camera]' as whole degrees, -90..90 each, and the camera's name or ''. None for all else."""
    match = _GRAMMAR.fullmatch(text.strip().replace("−", "-"))  # phones like to type a real minus sign
    if match is None:
        return None
    pan, tilt = int(match["pan"]), int(match["tilt"])
    if abs(pan) > MAX_DEGREES or abs(tilt) > MAX_DEGREES:
        return None
    return pan, tilt, match["camera"] or ""


def rotate(request: Request, snapshot: Snapshot, context: Context) -> Reply:
    """Aim a camera."""
    parsed = parse_rotate(request.text)
    if parsed is None:
        typed = f"{quote(request.text)} does not say where to look. " if request.text.strip() else ""
        raise Mistake(
            f"{typed}Say PAN and TILT in whole degrees from -{MAX_DEGREES} to {MAX_DEGREES}, "
            "such as `/rotate 30 -10` (0 0 is straight ahead)."
        )
    pan, tilt, name = parsed
    camera = named_or_only(name, context)
    wish = Head(by=request.user, at=request.received, pan=pan, tilt=tilt)
    return Reply(f"*{camera}* is asked to look to {degrees(wish)}.", wishes={field_of(wish, camera): wish})


def current_position(request: Request, snapshot: Snapshot, context: Context) -> Reply:
    """Where each camera was last asked to look. What a head really does is said only once a head reports it."""
    lines = []
    for camera in named_or_all(request.text, context):
        wish = snapshot.wishes.head.get(camera)
        if wish is None:
            lines.append(f"*{camera}*: unknown, nobody has aimed it yet.")
            continue
        when = ago(wish.at, request.received)
        lines.append(
            f"*{camera}*: {degrees(wish)}, as {person(wish.by)} asked {when} (no head reports back)."
        )
    return Reply("\n".join(lines))


def degrees(head: Head) -> str:
    """'pan 30°, tilt -10°'."""
    return f"pan {head.pan}°, tilt {head.tilt}°"
