"""Which kind of item is sent by which step."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app.notifier import alert, clip, edit, picture, post, reply, tell, view
from app.notifier.desk import Desk
from app.store.outbox import Item, Kind

Step = Callable[[Item, Desk], float | None]

STEPS: Mapping[Kind, Step] = {
    "alert": alert.step,
    "edit": edit.step,
    "picture": picture.step,
    "post": post.step,
    "reply": reply.step,
    "clip": clip.step,
    "dialog": view.open_dialog,
    "home": view.publish_home,
    "notify": tell.step,
}


def step(item: Item, desk: Desk) -> float | None:
    """Do the next step of `item`: seconds until the one after it, None when Slack has all of it.

    Raises SlackError, NotTold, Undeliverable, DiskFull or OSError; what Slack took before that is kept.
    """
    return STEPS[item.kind](item, desk)
