"""/glances: where the processes and the machine can be watched in a browser."""

from __future__ import annotations

from app.commands.request import Context, Mistake, Reply, Request
from app.slack.wording import escape
from app.state.snapshot import Snapshot


def glances(request: Request, snapshot: Snapshot, context: Context) -> Reply:
    """The link. Raises Mistake where none is set."""
    url = context.settings.glances.url
    if not url:
        raise Mistake(
            "No link to Glances is set: it answers on this machine's own address only. Set `glances.url` in "
            "config.yml to where you reach it (docs/operations.md)."
        )
    return Reply(f"Glances: <{escape(url)}>")
