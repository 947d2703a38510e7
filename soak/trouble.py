"""What goes wrong. Each method is one fault with a line of the story; `something` picks one at random."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import get_args

from app.demo.workspace.faults import Kind
from soak.disk import SmallDisk
from soak.world import World
from tests.fakes.s3_faults import Fault, answer_lost, cut_in_the_middle, on, refused

SLACK_METHODS = (
    "chat.postMessage",
    "chat.postMessage",
    "chat.update",
    "files.getUploadURLExternal",
    "files.completeUploadExternal",
    "files.info",
    "upload",
    "response_url",
    "*",
)
ROUTER_FAULTS = ("hang", "drip", "html", "half", "cut", "redirect", "error", "elsewhere", "huge")


class Trouble:
    """`wait`: pauses until the storm is over at the latest; `order`: has the owner type something.

    `strikes` counts by kind.
    """

    def __init__(
        self,
        world: World,
        disk: SmallDisk | None,
        *,
        seed: int,
        tell: Callable[[str], None],
        wait: Callable[[float], object],
        order: Callable[[], None],
    ) -> None:
        self._world, self._truth, self._disk = world, world.truth, disk
        self._tell, self._wait, self._order = tell, wait, order
        self._random = random.Random(f"trouble {seed}")  # noqa: S311 — to be repeated
        self._threads: list[threading.Thread] = []
        # It falls once at a time, and is started again by a thread that outlives the storm: it ends with it.
        self._redis_falls = ThreadPoolExecutor(1, thread_name_prefix="redis")
        self._falls: list[Future[None]] = []
        self.strikes: dict[str, int] = {}

    def something(self) -> None:
        """One more fault; what lasts goes on in the background."""
        faults: list[tuple[Callable[[], None], int]] = [
            (self._kill, 10),
            (self._halt, 4),
            (self._redis_dies, 3),
            (self._power_cut, 1),
            (self._slack, 6),
            (self._router, 3),
            (self._s3, 3),
        ]
        if self._disk is not None:
            faults.append((self._disk_full, 1))
        kinds, weights = zip(*faults, strict=True)
        self._random.choices(kinds, weights)[0]()

    def heal(self) -> None:
        """Wait until everything that lasts is over, and take back what was ordered."""
        for thread in self._threads:
            thread.join()
        for fall in self._falls:
            fall.result()
        self._threads.clear()
        self._falls.clear()
        self._world.slack.faults.clear()
        self._world.s3_proxy.heal()
        self._world.router.fault = None

    def _kill(self) -> None:
        names = list(self._world.units.units)
        name = self._random.choice(names)
        child = name == "web" and self._random.random() < 0.5
        if not child:
            self._strike_down(name)
        elif self._world.units.kill(name, child=True):
            self._count("kill")
            self._tell("SIGKILL to the worker of web")

    def _halt(self) -> None:
        name = self._random.choice(list(self._world.units.units))
        seconds = self._random.uniform(1, 5)
        self._count("halt")
        self._tell(f"SIGSTOP to {name} for {seconds:.1f} s")
        self._background(lambda: self._world.units.halt(name, seconds, self._wait))

    def _redis_dies(self) -> None:
        seconds = self._random.uniform(0.2, 6)
        self._count("redis")
        self._tell(f"Redis is killed, and comes back empty after {seconds:.1f} s")
        # Half of the time together with one of those who would give it back what it knew.
        keepers = [name for name in self._world.units.units if name.startswith(("camera", "presence"))]
        if self._random.random() < 0.5:
            self._strike_down(self._random.choice(keepers))
        self._falls.append(self._redis_falls.submit(self._without_redis, seconds))

    def _power_cut(self) -> None:
        self._count("power cut")
        self._tell("the power is cut")
        for name in self._world.units.units:
            self._strike_down(name)
        self._falls.append(self._redis_falls.submit(self._without_redis, 0.1))

    def _without_redis(self, seconds: float) -> None:
        with self._truth.during("redis"):
            self._truth.redis_deaths.append(time.time())
            self._world.redis.kill()
            self._wait(seconds)
            self._world.redis.start()
        if self._random.random() < 0.7:
            self._order()  # before anybody has given it back what it knew

    def _strike_down(self, name: str) -> None:
        if self._world.units.kill(name):
            self._count("kill")
            self._tell(f"SIGKILL to {name}")

    def _slack(self) -> None:
        method, kind = self._random.choice(SLACK_METHODS), self._random.choice(get_args(Kind))
        times = self._random.randint(1, 3)
        self._count("slack")
        self._tell(f"Slack: {times} × {kind} for {method}")
        self._world.slack.faults.add(
            method=method, kind=kind, times=times, seconds=self._random.uniform(1, 4)
        )

    def _router(self) -> None:
        fault, seconds = self._random.choice((*ROUTER_FAULTS, "sessions")), self._random.uniform(1, 8)
        self._count("router")
        self._tell(f"the router: {fault}, {seconds:.1f} s")
        self._background(lambda: self._bad_router(fault, seconds))

    def _bad_router(self, fault: str, seconds: float) -> None:
        if fault == "sessions":
            self._world.router.end_sessions()
            return
        with self._truth.during("router"):
            self._world.router.fault = fault
            self._wait(seconds)
            self._world.router.fault = None

    def _s3(self) -> None:
        times = self._random.randint(1, 4)
        fault: Fault = self._random.choice(
            (
                refused(on("PUT"), 503, "SlowDown", times=times),
                refused(on("GET"), 500, "InternalError", times=times),
                cut_in_the_middle(on("PUT"), times=times),
                answer_lost(on("PUT"), times=times),
            )
        )
        self._count("s3")
        self._tell(f"S3: {times} requests go wrong")
        self._world.s3_proxy.add(fault)

    def _disk_full(self) -> None:
        disk, seconds = self._disk, self._random.uniform(2, 6)
        if disk is None:
            return
        self._count("disk")
        self._tell(f"the disk is full for {seconds:.1f} s")
        self._background(lambda: self._without_room(disk, seconds))

    def _without_room(self, disk: SmallDisk, seconds: float) -> None:
        with self._truth.during("disk"), disk.full():
            self._wait(seconds)

    def _background(self, work: Callable[[], None]) -> None:
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        thread = threading.Thread(target=work, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _count(self, kind: str) -> None:
        self.strikes[kind] = self.strikes.get(kind, 0) + 1
