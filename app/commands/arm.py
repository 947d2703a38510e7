"""/pycam_on and /pycam_off: arm and disarm. Who and when is kept with the wish, and told to the channel."""

from __future__ import annotations

from app.commands.cameras import named_or_all
from app.commands.orders import arming, fresh, moment_of
from app.commands.request import Context, Reply, Request
from app.slack.wording import mention
from app.state.snapshot import Snapshot
from app.state.wishes import Armed, Wish, field_of


def arm(request: Request, snapshot: Snapshot, context: Context) -> Reply:
    """Arm all cameras, or the one named."""
    return _switch(True, request, snapshot, context)


def disarm(request: Request, snapshot: Snapshot, context: Context) -> Reply:
    """Disarm all cameras, or the one named."""
    return _switch(False, request, snapshot, context)


def _switch(on: bool, request: Request, snapshot: Snapshot, context: Context) -> Reply:
    state = "armed" if on else "disarmed"
    wishes: dict[str, Wish] = {}
    lines = []
    for camera in named_or_all(request.text, context):
        now_is = arming(camera, snapshot)
        if now_is.verdict.yes == on and now_is.stands:
            lines.append(f"{camera} is already {state} ({now_is.because(request.received)}).")
            continue
        # Where it is so for another reason, the command is still kept: it must outlive that.
        wish = Armed(by=request.user, at=moment_of(request.received, snapshot), on=on)
        wishes[field_of(wish, camera)] = wish
        before = f" It already was, because {now_is.verdict.why}." if now_is.verdict.yes == on else ""
        lines.append(f"*{camera}* is {state} by {mention(request.user)}.{before}")
        if on and not fresh(snapshot.facts.camera.get(camera), request.received):
            lines.append(f"The camera process of {camera} is silent: it watches as soon as that runs.")
    return Reply("\n".join(lines), in_channel=bool(wishes), wishes=wishes)
