"""/upload: tagged samples go to the bucket now, not at the next full five minutes."""

from __future__ import annotations

from app.commands.orders import fresh
from app.commands.request import Context, Mistake, Reply, Request
from app.slack.wording import ago, escape
from app.state.facts import UploadFact
from app.state.snapshot import Snapshot
from app.state.wishes import Upload, field_of


def upload(request: Request, snapshot: Snapshot, context: Context) -> Reply:
    """Wish it; the uploader tells the channel how it went. Raises Mistake where there is nothing to wish."""
    if not context.settings.uploader.enabled:
        raise Mistake("Uploads are off: set `uploader.enabled` and a bucket in config.yml.")
    wish = Upload(by=request.user, at=request.received, id=context.new_id(), channel=request.channel)
    fact = snapshot.facts.upload
    if not fresh(snapshot.facts.process.get("uploader"), request.received):
        text = "The uploader is not running. It will upload as soon as it does."
    elif fact is None:
        text = "Uploading…"
    else:
        text = f"Uploading… {waiting(fact)}."
    return Reply(text, wishes={field_of(wish): wish})


def waiting(fact: UploadFact) -> str:
    """'3 samples wait'."""
    return {0: "nothing waits", 1: "1 sample waits"}.get(fact.waiting, f"{fact.waiting} samples wait")


def upload_status(now: float, snapshot: Snapshot) -> str | None:
    """What /pi_status says of uploads; None if there is nothing to say: no uploader was ever heard of."""
    fact = snapshot.facts.upload
    if fact is None:
        return None
    if not fresh(fact, now):
        return f"unknown, the uploader was last heard of {ago(fact.at, now)}"
    last = f"last success {ago(fact.last_success_at, now)}" if fact.last_success_at else "no success yet"
    return f"{waiting(fact)}, {last}" + (f"; {escape(fact.problem)}" if fact.problem else "")
