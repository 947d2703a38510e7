"""What is told and kept of a moment that was not well, before anything goes on, ends or is unmounted."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from app.notifier.lanes import event_of, lane_of
from app.store.outbox import Item
from soak.world import World

LOG_LINES = 12
"""Of the notifier's log, for each waiting item: the last ones that name it or its event."""

CALLS = 60
"""Of those to Slack: the last ones."""


def keep(world: World, tell: Callable[[str], None]) -> None:
    """Tell of each item that waits; copy the outbox, and what Slack was asked last, into the folder `evidence`."""
    folder = world.folder / "evidence"
    folder.mkdir(exist_ok=True)
    pending = folder / "pending"
    pending.mkdir(exist_ok=True)
    for path in (world.data / "outbox" / "pending").iterdir():
        try:
            shutil.copy2(path, pending)
        except FileNotFoundError:
            continue  # sent meanwhile
    log = world.folder / "notifier.log"
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
    for line in waiting(pending, lines, time.time()):
        tell(line)
    calls = [f"{call.at:.3f} {call} {call.summary}\n" for call in world.slack.requests[-CALLS:]]
    (folder / "slack.txt").write_text("".join(calls), encoding="utf-8")


def waiting(pending: Path, log: list[str], now: float) -> Iterator[str]:
    """Each item in a folder of them, in the order they were put, with what the notifier's log says of it."""
    for path in sorted(pending.glob("*.json")):
        try:
            item = Item.model_validate_json(path.read_bytes())
        except (OSError, ValueError) as error:
            yield f"waiting: {path.name}, which cannot be read: {error}"
            continue
        picture = "with" if path.with_suffix(".jpg").exists() else "without"
        yield (
            f"waiting: {item.kind} {item.id} {picture} a picture, put {now - item.created:.1f} s ago, "
            f"kept {now - path.stat().st_mtime:.1f} s ago, lane {lane_of(item)!r}, {item.attempts} attempts, "
            f"progress {item.progress}, reason {item.reason!r}"
        )
        names = [name for name in (item.id, event_of(item)) if name]
        for line in [line for line in log if any(name in line for name in names)][-LOG_LINES:]:
            yield f"    {line}"
