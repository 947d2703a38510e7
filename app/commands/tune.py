"""/tune: what pycam would set differently, going by the tags; its buttons apply that, and go back.

The work takes minutes on a Pi, so a process of its own does it, at the lowest priority, and puts the answer into
the outbox. One at a time: it holds a lock as long as it lives.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

from app.commands.press import Press
from app.commands.request import Context, Mistake, Outgoing, Reply, Request
from app.settings import environment_with_whole_paths
from app.slack.tune_messages import Message, applied, undone
from app.slack.wording import escape, mention
from app.state.snapshot import Snapshot
from app.store.tuning import PROPOSAL_ID, Busy, NotApplied, Tuning

PROJECT = Path(__file__).parent.parent.parent

STARTED = (
    "Going through the tags, and through the clips where they are needed: this takes some minutes, with many clips a "
    "quarter of an hour. The answer comes here; nothing changes by itself."
)


def tune(request: Request, snapshot: Snapshot, context: Context) -> Reply:
    """Start it. Raises Mistake if it runs already."""
    try:
        with Tuning(context.settings.storage.data).alone():
            pass
    except Busy:
        raise Mistake(
            "pycam is at it already: for somebody who asked before, and the answer comes when it is done, "
            "or for the weekly message; then ask again in some minutes."
        ) from None
    start(request.response_url)
    return Reply(STARTED)


def start(response_url: str) -> None:
    """Start the process that tunes and answers. Raises OSError."""
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "tune", "--reply"],
        cwd=PROJECT,
        env=environment_with_whole_paths(os.environ),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin is not None  # noqa: S101 — PIPE was asked for
    with process.stdin as stdin:
        stdin.write(f"{response_url}\n")
    threading.Thread(target=process.wait, name="tune", daemon=True).start()  # or it would stay a zombie


def tune_apply(press: Press, snapshot: Snapshot, context: Context) -> Reply:
    """Apply the proposal of the button, if nothing has changed since."""
    try:
        proposal = Tuning(context.settings.storage.data).apply(press.value)
    except NotApplied as error:
        return Reply(escape(str(error)))
    return _instead(press, context, applied(proposal.id, proposal.summary, mention(press.user)))


def tune_undo(press: Press, snapshot: Snapshot, context: Context) -> Reply:
    """Go back to what was before the proposal of the button."""
    if not PROPOSAL_ID.fullmatch(press.value):
        return Reply("This button is not one of pycam's, so nothing was changed.")
    try:
        Tuning(context.settings.storage.data).undo(press.value)
    except NotApplied as error:
        return Reply(escape(str(error)))
    return _instead(press, context, undone(mention(press.user)))


def _instead(press: Press, context: Context, message: Message) -> Reply:
    """The message with the button gives way to what came of it; so the button is not pressed twice."""
    if not press.response_url:
        return Reply(message.text)
    payload = {
        "response_url": press.response_url,
        "text": message.text,
        "blocks": list(message.blocks),
        "replace_original": True,
    }
    return Reply("", outgoing=(Outgoing("reply", f"reply-{context.new_id()}", payload),))
