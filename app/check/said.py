"""What the processes say of themselves, for checks of what only they can reach."""

from __future__ import annotations

from app.check.check import Context
from app.commands.orders import fresh
from app.state.connection import StateUnavailable, connect
from app.state.facts import CameraFact, Facts
from app.state.snapshot import read_snapshot


def facts(context: Context) -> Facts:
    """All facts. Raises StateUnavailable."""
    with connect(context.settings.secrets.redis_url) as client:
        return read_snapshot(client).facts


def camera_fact(context: Context, camera: str) -> CameraFact | None:
    """What a camera's process says now; None if it does not run, or cannot be asked."""
    try:
        fact = facts(context).camera.get(camera)
    except StateUnavailable:
        return None
    return fact if fresh(fact, context.now()) else None
