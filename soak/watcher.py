"""What the appliance was seen to say and keep, while it was: looked at ten times a second."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from app.domain import Presence
from soak.oracle import Told
from soak.truth import FOREVER
from soak.world import CAMERAS, World

LOOK_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Seen:
    """A camera said at `at` whether it watches."""

    camera: str
    at: float
    watching: bool
    why: str


class Watcher:
    """Two threads of its own from `start` to `stop`. `tell` hears of each arming and disarming."""

    def __init__(self, world: World, tell: Callable[[str], None]) -> None:
        self._world, self._tell = world, tell
        self.seen: list[Seen] = []
        self.told: list[Told] = []
        self.samples: set[str] = set()
        """Ids of all whole samples there ever were."""
        self.outbox: dict[str, dict[str, object]] = {}
        """Every item ever seen in the outbox, by id."""
        self.resident: dict[str, list[float]] = {}
        self._dated: dict[float, tuple[float, float]] = {}
        self._last: dict[str, Seen] = {}
        self._looked = time.time()
        self._ended = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(look, pause), daemon=True)
            for look, pause in (
                (self._look, LOOK_SECONDS),
                (self._weigh, 2.0),
                (self._world.units.tick, LOOK_SECONDS),
            )
        ]
        self.mistakes: list[str] = []

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End."""
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _run(self, look: Callable[[], None], pause: float) -> None:
        while not self._ended.wait(pause):
            try:
                look()
            except Exception as error:  # noqa: BLE001 — what the watcher missed is a finding as well
                self.mistakes.append(f"the watcher could not look: {type(error).__name__}: {error}")

    def _look(self) -> None:
        self._look_at_presence()
        self._look_at_cameras()
        self._look_at_disk()

    def _look_at_cameras(self) -> None:
        facts = self._world.facts()
        for camera in CAMERAS:
            fact = facts.camera.get(camera) if facts else None
            if fact is None:
                continue
            seen = Seen(camera, fact.at, fact.watching, fact.watching_why)
            last = self._last.get(camera)
            if last is None or seen.at > last.at:
                self.seen.append(seen)
                self._last[camera] = seen
                if last is None or last.watching != seen.watching:
                    self._tell(f"{camera} {'watches' if seen.watching else 'does not watch'}: {seen.why}")

    def _look_at_presence(self) -> None:
        now, before = time.time(), self._looked
        self._looked = now
        try:
            known = json.loads((self._world.data / "presence" / "known.json").read_bytes())
        except (OSError, ValueError):
            return
        for dated in (known["since"], known["leaving_since"]):
            if dated is not None:
                # Dated a little before it was written; how long before, a halted process cannot tell.
                self._dated.setdefault(dated, (self._lo(before), now))
        presence = Presence(known["presence"])
        lo, hi = self._dated[known["since"]]
        if presence is not Presence.UNKNOWN and (
            not self.told or (self.told[-1].presence, self.told[-1].hi) != (presence, hi)
        ):
            self.told.append(Told(presence, lo, hi, before - 0.1))
            self._tell(f"presence: {presence}")

    def _lo(self, before: float) -> float:
        begin = before - 0.3
        _, spans = self._world.truth.copied()
        for span in spans:
            if span.what == "presence" and span.touches(begin, FOREVER):
                begin = min(begin, span.begin - 0.3)
        return begin

    def _look_at_disk(self) -> None:
        for path in (self._world.data / "outbox" / "pending").glob("*.json"):
            with suppress(OSError, ValueError):
                if path.stem not in self.outbox:
                    self.outbox[path.stem] = json.loads(path.read_bytes())
        for path in (self._world.data / "samples").glob("*/sample.json"):
            self.samples.add(path.parent.name)

    def _weigh(self) -> None:
        for name, size in self._world.units.resident().items():
            self.resident.setdefault(name, []).append(size)
