"""The demo's motors: the camera's picture goes where the camera process says that its simulated head looks."""

from __future__ import annotations

import contextlib

from app.state.connection import StateUnavailable, connect
from app.state.snapshot import read_snapshot


class Motors:
    """Ask it for each frame; a Redis that is away leaves the camera where it is. For any thread."""

    def __init__(self, redis_url: str, camera: str) -> None:
        self._client, self._camera = connect(redis_url), camera
        self._at = (0, 0)

    def position(self) -> tuple[int, int]:
        """Pan and tilt, degrees."""
        with contextlib.suppress(StateUnavailable):
            fact = read_snapshot(self._client).facts.camera.get(self._camera)
            if fact is not None and fact.pan is not None and fact.tilt is not None:
                self._at = (fact.pan, fact.tilt)
        return self._at
