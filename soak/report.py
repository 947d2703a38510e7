"""The table at the end: what happened, and what held."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median, quantiles

from soak.alerts import Alerts
from soak.arming import Arming
from soak.keeping import Keeping
from soak.people import People
from soak.trouble import Trouble
from soak.units import Unit
from soak.watcher import Watcher
from soak.world import World


def happened(world: World, units: list[Unit], trouble: Trouble, people: People) -> Iterator[str]:
    """Faults and load."""
    truth = world.truth
    strikes = ", ".join(f"{count} × {kind}" for kind, count in sorted(trouble.strikes.items()))
    yield f"faults                 {strikes or 'none'}"
    yield f"starts                 {', '.join(f'{unit.name} {unit.starts}' for unit in units)}"
    yield f"people                 {truth.commands} commands, {truth.taps} taps, {truth.refused} by those who may not"
    yield f"acknowledged within    {_seconds(people.answers)}"
    yield f"phones                 {len(truth.moves)} joined or left"
    yield f"visitors               {len(truth.visits)}"


def held(watcher: Watcher, arming: Arming, alerts: Alerts, keeping: Keeping) -> Iterator[str]:
    """What was looked at to find the invariants kept."""
    yield f"visits                 {arming.visits_watched} to a camera armed and well for sure: each has its event"
    yield f"armed or not           {arming.statements} statements of cameras held against the orders"
    yield f"                       {arming.decided} settled states with one right answer"
    yield f"presence               {len(watcher.told)} changes held against the phones"
    yield f"alerts                 {alerts.announced} announced, {alerts.twice} of them twice"
    yield f"                       {alerts.silent} events muted"
    yield f"outbox                 {len(watcher.outbox)} items seen waiting"
    yield f"tags                   {keeping.tags} events tagged"
    yield f"samples                {keeping.samples_here} on disk, {keeping.samples_there} in S3"
    yield f"                       {keeping.unfinished} cut short by a kill"
    yield f"memory, first and last third   {_memory(watcher)}"


def _seconds(answers: list[float]) -> str:
    if len(answers) < 2:
        return "nobody was answered"
    late = quantiles(answers, n=20, method="inclusive")[-1]
    return f"{median(answers) * 1000:.0f} ms (median), {late * 1000:.0f} ms (p95), {max(answers) * 1000:.0f} ms (most)"


def _memory(watcher: Watcher) -> str:
    found = []
    for name, sizes in sorted(watcher.resident.items()):
        third = max(1, len(sizes) // 3)
        found.append(f"{name} {median(sizes[:third]):.0f} → {median(sizes[-third:]):.0f} MB")
    return ", ".join(found)
