"""/last_image: a fresh picture if the camera runs, else the last one and its age. /snapshot: a fresh one, or none.

Both go into the channel that asked.
"""

from __future__ import annotations

from app.commands.cameras import named_or_all
from app.commands.orders import fresh
from app.commands.request import Context, Outgoing, Reply, Request
from app.slack.messages import picture_comment, picture_title
from app.slack.wording import listing
from app.state.snapshot import Snapshot
from app.state.wishes import Picture, Wish, field_of


def last_image(request: Request, snapshot: Snapshot, context: Context) -> Reply:
    """Ask each camera that runs; send the kept picture of each that does not."""
    outgoing: list[Outgoing] = []
    lines = []
    running, silent = _sorted(request, snapshot, context)
    for camera in silent:
        kept = context.pictures.get(camera)
        if kept is None:
            lines.append(f"{camera} is not running, and there is no picture of it yet.")
            continue
        said = picture_comment(camera, kept.taken, request.received)
        text = f"{said}; the camera is not running now."
        title = picture_title(camera, kept.taken)
        payload = {"channel": request.channel, "text": text, "title": title}
        outgoing.append(Outgoing("picture", request.channel, payload, picture=kept.jpeg))
        lines.append(f"{camera} is not running; its last picture follows…")
    return _asking(running, lines, tuple(outgoing), request, context, only_fresh=False)


def take_snapshot(request: Request, snapshot: Snapshot, context: Context) -> Reply:
    """Ask each camera that runs; one that then has no frame says so, and one that does not run is said here."""
    running, silent = _sorted(request, snapshot, context)
    lines = [
        f"{camera} is not running, so there is no picture of now. `/last_image` sends the last one there is."
        for camera in silent
    ]
    return _asking(running, lines, (), request, context, only_fresh=True)


def _sorted(request: Request, snapshot: Snapshot, context: Context) -> tuple[list[str], list[str]]:
    """Those asked for: whose process is alive, and the others. Raises Mistake."""
    running: list[str] = []
    silent: list[str] = []
    for camera in named_or_all(request.text, context):
        alive = fresh(snapshot.facts.camera.get(camera), request.received)
        (running if alive else silent).append(camera)
    return running, silent


def _asking(
    running: list[str],
    lines: list[str],
    outgoing: tuple[Outgoing, ...],
    request: Request,
    context: Context,
    *,
    only_fresh: bool,
) -> Reply:
    wishes: dict[str, Wish] = {}
    for camera in running:
        wish = Picture(
            by=request.user,
            at=request.received,
            id=context.new_id(),
            channel=request.channel,
            fresh=only_fresh,
        )
        wishes[field_of(wish, camera)] = wish
    asking = [f"Asking {listing(running)} for a picture…"] if running else []
    return Reply("\n".join([*asking, *lines]), wishes=wishes, outgoing=outgoing)
