"""Storm, calm, check; again and again, until the time is over. The order of it all is `Soak.run`."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from soak import evidence
from soak.alerts import Alerts
from soak.arming import Arming
from soak.disk import SmallDisk
from soak.keeping import Keeping
from soak.people import People
from soak.report import happened, held
from soak.settled import CALM_SECONDS, START_SECONDS, Settled, unsettled
from soak.trouble import Trouble
from soak.truth import Truth
from soak.watcher import Watcher
from soak.world import World


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how wild. `storm_seconds`: between two checkpoints."""

    seconds: float
    seed: int
    storm_seconds: float = 35.0
    model: Path | None = None
    small_disk: bool = True
    """Whether to mount one, where that is allowed, so that it can be full."""
    keep: bool = False
    """Whether the data outlives the small disk."""


class Soak:
    """One run in `folder`; `violations` is empty if all went well."""

    def __init__(self, plan: Plan, folder: Path, write: Callable[[str], None]) -> None:
        self._plan, self._write = plan, write
        self._began = time.time()
        self._disk: SmallDisk | None = None
        self._folder = folder
        self._calm = threading.Event()
        self._evident = False
        self.violations: list[str] = []
        self.truth = Truth()
        self.world = World(folder, self.truth, self._tell, plan.model)

    def run(self) -> bool:
        """Whether every invariant held."""
        try:
            if self._plan.small_disk:
                self._disk = SmallDisk.mount(self._folder / "data")
            with self.world:
                self._run()
        finally:
            if self._disk is not None:
                self._disk.unmount(keep=self._plan.keep)
        return not self.violations

    def _run(self) -> None:
        world, seed = self.world, self._plan.seed
        watcher = Watcher(world, self._tell)
        people = People(world, seed, self._tell, self._complain)
        trouble = Trouble(
            world, self._disk, seed=seed, tell=self._tell, wait=self._calm.wait, order=people.order
        )
        arming, alerts, keeping = Arming(world, watcher), Alerts(world, watcher), Keeping(world, watcher)
        checks = (arming, alerts, keeping)
        world.start_units()
        watcher.start()
        self._tell("starting")
        settled = Settled(lambda: unsettled(world, time.time()))
        self._complain(*settled.within(START_SECONDS))
        checkpoints = 0
        end = time.monotonic() + self._plan.seconds
        while time.monotonic() < end and not self.violations:
            seconds = min(self._plan.storm_seconds, end - time.monotonic())
            self._storm(people, trouble, f"{seed} {checkpoints}", seconds)
            trouble.heal()
            self._tell("calm: everything is whole again")
            self._complain(*settled.within(CALM_SECONDS))
            self._keep_evidence()
            for check in checks:
                self._complain(*check.violations(time.time()))
            self._complain(*arming.state(time.time()))
            self._keep_evidence()
            checkpoints += 1
            self._tell(f"checkpoint {checkpoints}: {'all is well' if not self.violations else 'NOT WELL'}")
        watcher.stop()
        if self.violations:
            world.units.dump_stacks("notifier")
        units = list(world.units.units.values())
        self._complain(
            *watcher.mistakes, *keeping.memory(), *(text for unit in units for text in unit.own_ends)
        )
        self._complain(*world.units.stop())
        self._write("")
        self._write(f"checkpoints            {checkpoints}, each after a storm, with everything well again")
        for line in (*happened(world, units, trouble, people), *held(watcher, arming, alerts, keeping)):
            self._write(line)

    def _storm(self, people: People, trouble: Trouble, seed: str, seconds: float) -> None:
        """People, visitors and trouble at once, each in a thread of its own, until the time is over."""
        self._calm.clear()
        people.begin()
        actors = [
            (people.something, 0.3, 2.0),
            (people.household, 5.0, 14.0),
            (people.visitor, 1.0, 4.0),
            (trouble.something, 1.0, 4.0),
        ]
        threads = [
            threading.Thread(target=self._act, args=(act, f"{seed} {number}", least, most), daemon=True)
            for number, (act, least, most) in enumerate(actors)
        ]
        for thread in threads:
            thread.start()
        self._calm.wait(seconds)
        self._calm.set()
        for thread in threads:
            thread.join()

    def _act(self, act: Callable[[], None], seed: str, least: float, most: float) -> None:
        dice = random.Random(seed)  # noqa: S311 — to be repeated
        while not self._calm.wait(dice.uniform(least, most)):
            try:
                act()
            except Exception as error:  # noqa: BLE001 — it is a finding, and the storm goes on
                self._complain(f"the soak itself failed: {type(error).__name__}: {error}")

    def _keep_evidence(self) -> None:
        """Of what is not well, once: later it is another moment."""
        if self.violations and not self._evident:
            self._evident = True
            evidence.keep(self.world, self._tell)

    def _tell(self, line: str) -> None:
        self._write(f"{time.time() - self._began:7.1f}  {line}")

    def _complain(self, *what: str) -> None:
        for one in what:
            self.violations.append(one)
            self._tell(f"VIOLATED: {one}")
