"""/rotate and /current_position: where a camera should look, and where it does. The head follows the wish."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.commands.cameras import named_or_all, named_or_only
from app.commands.orders import fresh
from app.commands.request import Context, Mistake, Reply, Request
from app.slack.wording import ago, escape, mention, quote
from app.state.facts import CameraFact
from app.state.snapshot import Snapshot
from app.state.wishes import Head, field_of

MAX_DEGREES = 90
"""Of the pan-tilt HAT, each way from straight ahead."""

_EXPECTED = (
    f"Say PAN and TILT in whole degrees from -{MAX_DEGREES} to {MAX_DEGREES}, such as `/rotate 30 -10` "
    "(0 0 is straight ahead)."
)
_GRAMMAR = re.compile(
    r"(?P<pan>[+-]?[0-9]{1,9})(?:\s+|\s*,\s*)(?P<tilt>[+-]?[0-9]{1,9})(?:\s+(?P<camera>\S+))?"
)


def parse_rotate(text: str) -> tuple[int, int, str]:
    """'PAN TILT [camera]' as whole degrees, -90..90 each, and the camera's name or ''. Raises Mistake."""
    if not text.strip():
        raise Mistake(_EXPECTED)
    match = _GRAMMAR.fullmatch(text.strip().replace("−", "-"))  # phones like to type a real minus sign
    if match is None:
        raise Mistake(f"{quote(text)} does not say where to look. {_EXPECTED}")
    pan, tilt = int(match["pan"]), int(match["tilt"])
    for name, angle in (("pan", pan), ("tilt", tilt)):
        if abs(angle) > MAX_DEGREES:
            raise Mistake(f"{name} must be from -{MAX_DEGREES} to {MAX_DEGREES} degrees; {angle} is too far.")
    return pan, tilt, match["camera"] or ""


def rotate(request: Request, snapshot: Snapshot, context: Context) -> Reply:
    """Aim a camera."""
    pan, tilt, name = parse_rotate(request.text)
    camera = named_or_only(name, context)
    wish = aim(camera, pan, tilt, request, context)
    return Reply(
        f"*{camera}* is asked to look to {degrees(pan, tilt)}.{doubts(camera, request.received, snapshot)}",
        wishes={field_of(wish, camera): wish},
    )


def aim(camera: str, pan: int, tilt: int, request: Request, context: Context) -> Head:
    """The wish to look there. Raises Mistake if that camera has no head, or not so far a one."""
    head = context.settings.camera(camera).head
    if head.kind == "none":
        raise Mistake(f"*{camera}* has no head (`head.kind` is none in its settings), so it stays as it is.")
    if head.within(pan, tilt) != (pan, tilt):
        (left, right), (low, high) = head.pan_degrees, head.tilt_degrees
        raise Mistake(
            f"*{camera}* may turn from pan {left}° to {right}° and from tilt {low}° to {high}° "
            f"(`head.pan_degrees` and `head.tilt_degrees` in its settings)."
        )
    return Head(by=request.user, at=request.received, pan=pan, tilt=tilt)


def doubts(camera: str, now: float, snapshot: Snapshot) -> str:
    """Why the picture may stay as it is, as far as the camera says: ' (…)' or ''."""
    fact = snapshot.facts.camera.get(camera)
    if fact is None or not fresh(fact, now):
        return ""
    if fact.head_problem:
        return f" :warning: At present {escape(fact.head_problem)}."
    return " (Its head is simulated: there is no Pan-Tilt HAT.)" if fact.head == "simulated" else ""


def current_position(request: Request, snapshot: Snapshot, context: Context) -> Reply:
    """Where each camera looks, as its head says, and where it was asked to."""
    cameras = named_or_all(request.text, context)
    return Reply("\n".join(_position(camera, request, snapshot, context) for camera in cameras))


def _position(camera: str, request: Request, snapshot: Snapshot, context: Context) -> str:
    wish, fact, now = snapshot.wishes.head.get(camera), snapshot.facts.camera.get(camera), request.received
    if context.settings.camera(camera).head.kind == "none":
        return f"*{camera}*: it has no head (`head.kind` is none in its settings)."
    if wish is None:
        return f"*{camera}*: unknown, nobody has aimed it yet."
    asked = f"as {mention(wish.by)} asked {ago(wish.at, now)}"
    if fact is None or not fresh(fact, now):
        return f"*{camera}*: {degrees(wish.pan, wish.tilt)}, {asked}; its camera process is silent now."
    if not fact.head:
        return (
            f"*{camera}*: {degrees(wish.pan, wish.tilt)}, {asked}; the camera does not tell where it looks."
        )
    return f"*{camera}*: {', '.join(_reported(wish, fact, asked))}."


def _reported(wish: Head, fact: CameraFact, asked: str) -> Iterator[str]:
    there = (fact.pan, fact.tilt) == (wish.pan, wish.tilt)
    if fact.head_moving:
        yield "moving"
    yield head_position(fact)
    yield asked if there else f"not yet {degrees(wish.pan, wish.tilt)}, {asked}"


def head_position(fact: CameraFact) -> str:
    """'pan 30°, tilt -10° (simulated)', with what is wrong. `fact.head` is not empty."""
    known = fact.pan is not None and fact.tilt is not None
    position = f"pan {fact.pan}°, tilt {fact.tilt}°" if known else "position unknown"
    simulated = " (simulated: there is no Pan-Tilt HAT)" if fact.head == "simulated" else ""
    problem = f" (:warning: {escape(fact.head_problem)})" if fact.head_problem else ""
    return position + simulated + problem


def degrees(pan: int, tilt: int) -> str:
    """'pan 30°, tilt -10°'."""
    return f"pan {pan}°, tilt {tilt}°"
