"""pycam's own processes: is each that the settings call for alive?"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from app.check.check import Check, Context, Outcome, failed, ok, skipped, warning
from app.check.said import facts
from app.commands.orders import fresh
from app.settings.called_for import called_for
from app.slack.wording import ago, duration
from app.state.connection import StateUnavailable
from app.state.facts import Heartbeat


def checks(context: Context) -> Iterator[Check]:
    """process:NAME for each that the settings call for."""
    for name in called_for(context.settings):
        yield Check(f"process:{name}", partial(alive, context, name))


def alive(context: Context, name: str) -> Outcome:
    """By its heartbeat."""
    unit = "pycam-" + name.replace(":", "@")
    start = f"`sudo systemctl start {unit}`; why it does not run: `journalctl -u {unit}`"
    try:
        known = facts(context)
    except StateUnavailable:
        return skipped("see redis")
    if not known.process:
        return skipped("no process of pycam was ever heard of: start them, then check again")
    now, heartbeat = context.now(), known.process.get(name)
    if heartbeat is None:
        return failed("never heard of", start)
    if known.has_left(name):
        return warning(f"it ended as it was told to, {ago(known.goodbye[name].at, now)}", start)
    if not fresh(heartbeat, now):
        return failed(f"silent since {duration(now - heartbeat.at)}", start)
    return _well(heartbeat, now, unit)


def _well(heartbeat: Heartbeat, now: float, unit: str) -> Outcome:
    lives = f"alive {ago(heartbeat.at, now)}, runs for {duration(now - heartbeat.started)}"
    if heartbeat.problem:
        return warning(f"{lives}; it says: {heartbeat.problem}", f"see `journalctl -u {unit}`")
    return ok(lives)
