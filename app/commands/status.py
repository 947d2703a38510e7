"""/pi_status: how everything is, with the age of what is known. Unknown is said as unknown."""

from __future__ import annotations

from collections.abc import Iterator

from app.commands.head import head_position
from app.commands.machine import Machine
from app.commands.orders import arming, fresh, guest_pass, mute
from app.commands.request import Context, Reply, Request
from app.commands.upload import upload_status
from app.domain import Presence
from app.rules import should_alert
from app.slack.wording import ago, duration, escape, mention, when, with_mentions
from app.state.snapshot import Snapshot

OPTIONAL_PROCESSES = ("presence", "socket", "uploader", "dashboard")
"""Parts that may be absent (as may web, where commands come in over Socket Mode)."""


def pi_status(request: Request, snapshot: Snapshot, context: Context) -> Reply:
    """The whole status as one ephemeral text."""
    return Reply(report(request.received, snapshot, context, context.machine()))


def without_redis(request: Request, snapshot: Snapshot, context: Context) -> Reply:
    """What can be told while Redis does not answer: this machine."""
    machine = ", ".join(_machine(context.machine()))
    return Reply(
        f":warning: Redis does not answer: everything but this machine is unknown.\n*Machine*: {machine}"
    )


def report(now: float, snapshot: Snapshot, context: Context, machine: Machine) -> str:
    """The status text. Pure: everything it says goes in."""
    lines: list[str] = []
    for camera in context.camera_names():
        lines += _camera(camera, now, snapshot)
    lines.append(f"*Notifications*: {_notifications(now, snapshot)}")
    lines.append(f"*Presence*: {_presence(now, snapshot)}")
    lines.append(f"*Outbox*: {_outbox(now, snapshot)}")
    if uploads := upload_status(now, snapshot):
        lines.append(f"*Uploads*: {uploads}")
    lines.append(f"*Processes*: {', '.join(_processes(now, snapshot, context))}")
    lines.append(f"*Machine*: {', '.join(_machine(machine))}")
    return "\n".join(lines)


def _camera(camera: str, now: float, snapshot: Snapshot) -> Iterator[str]:
    armed, fact = arming(camera, snapshot), snapshot.facts.camera.get(camera)
    yield f"*{camera}*: {'armed' if armed.verdict.yes else 'disarmed'}, because {armed.because(now)}"
    if fact is None:
        yield "> watching: unknown, its camera process has never been heard of"
        return
    frame = f"last frame {ago(fact.last_frame_at, now)}" if fact.last_frame_at else "no frame yet"
    if not fresh(fact, now):
        yield f"> watching: unknown, its camera process has been silent for {duration(now - fact.at)}; {frame}"
        return
    # The reason stands in the line above, unless the camera acts on something else than what is asked.
    why = f" ({with_mentions(fact.watching_why)})" if fact.watching != armed.verdict.yes else ""
    yield f"> {'watching' if fact.watching else 'not watching'}{why}"
    speed = f", {fact.fps:.1f} frames a second" if fact.fps is not None else ""
    reason = f" ({escape(fact.reason)})" if fact.reason else ""
    yield f"> source {escape(fact.source_state)}{reason}, {frame}{speed}"
    if fact.head:
        yield f"> head: {'moving, ' if fact.head_moving else ''}{head_position(fact)}"
    model = escape(fact.person_model) if fact.person_model else "none, so anything that moves alerts"
    yield f"> person model: {model}" + (f" ({escape(fact.person_problem)})" if fact.person_problem else "")


def _notifications(now: float, snapshot: Snapshot) -> str:
    muted = mute(snapshot)
    verdict = should_alert(muted, now)
    if verdict.yes:
        return "on"
    until = muted.until if muted else None
    ending = f"on again {when(until)}" if until else "until `/notifications_on`"
    return f"off, {ending} ({verdict.why})"


def _presence(now: float, snapshot: Snapshot) -> str:
    auto, fact = snapshot.wishes.auto, snapshot.facts.presence
    rule = f"arming by presence is {'on' if auto and auto.on else 'off'}"
    if auto:
        rule += f" (by {mention(auto.by)})"
    if guest := guest_pass(snapshot, now):
        rule += f"; a guest pass for another {duration(guest)}"
    if fact is None or not fresh(fact, now):
        return f"unknown; {rule}"
    if fact.presence is Presence.UNKNOWN:
        return f"unknown ({escape(fact.problem)}); {rule}"
    if fact.problem:
        return f"unknown ({escape(fact.problem)}), {fact.presence.value} when last known; {rule}"
    return f"{fact.presence.value} for {duration(now - fact.since)}; {rule}"


def _outbox(now: float, snapshot: Snapshot) -> str:
    fact = snapshot.facts.outbox
    if fact is None or not fresh(fact, now):
        silent = f"has been silent for {duration(now - fact.at)}" if fact else "is silent"
        return f"unknown, the notifier {silent}"
    oldest = f", the oldest for {duration(now - fact.oldest_at)}" if fact.oldest_at and fact.waiting else ""
    problem = f"; {escape(fact.problem)}" if fact.problem else ""
    return f"{fact.waiting} waiting{oldest}, {fact.set_aside} set aside{problem}"


def _processes(now: float, snapshot: Snapshot, context: Context) -> Iterator[str]:
    facts = snapshot.facts
    required = ["notifier", *(f"camera:{name}" for name in context.camera_names())]
    for name in ["web", *required, *OPTIONAL_PROCESSES]:
        if name == context.process:
            yield f"{name} alive, it answers this"
            continue
        heartbeat, warning = facts.process.get(name), ":warning: " if name in required else ""
        if heartbeat is None:
            yield f"{warning}{name} {'never heard of' if name in required else 'not running'}"
        elif facts.has_left(name):
            yield f"{warning}{name} stopped {ago(facts.goodbye[name].at, now)}"
        elif fresh(heartbeat, now):
            problem = f" ({escape(heartbeat.problem)})" if heartbeat.problem else ""
            yield f"{name} alive {ago(heartbeat.at, now)}{problem}"
        else:
            yield f":warning: {name} silent for {duration(now - heartbeat.at)}"


def _machine(machine: Machine) -> Iterator[str]:
    yield f"{machine.temperature:.0f} °C" if machine.temperature is not None else "temperature unknown"
    if machine.throttling is None:
        yield "throttling unknown"
    else:
        yield machine.throttling or "not throttled"
    yield f"disk {machine.disk_free_gb:.1f} GB free" if machine.disk_free_gb is not None else "disk unknown"
    if machine.memory_percent is None or machine.memory_free_gb is None:
        yield "memory unknown"
    else:
        yield f"memory {machine.memory_percent:.0f} % used, {machine.memory_free_gb:.1f} GB free"
