"""/last_image: a fresh picture if the camera runs, else the last one and its age, into the channel that asked."""

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
    wishes: dict[str, Wish] = {}
    outgoing, asked, lines = [], [], []
    for camera in named_or_all(request.text, context):
        if fresh(snapshot.facts.camera.get(camera), request.received):
            wish = Picture(by=request.user, at=request.received, id=context.new_id(), channel=request.channel)
            wishes[field_of(wish, camera)] = wish
            asked.append(camera)
            continue
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
    if asked:
        lines.insert(0, f"Asking {listing(asked)} for a picture…")
    return Reply("\n".join(lines), wishes=wishes, outgoing=tuple(outgoing))
