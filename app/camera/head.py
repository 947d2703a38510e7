"""The head: turns the camera where people want it, in small steps, in a thread of its own.

The newest wish wins, in the middle of a move, too. What counts as the position is the last command that worked:
the servos report nothing. Whoever looks at pictures asks `status` when they are still again.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

from app.camera.head_mount import HeadError, Mount, open_mount
from app.camera.orders import OrdersKeeper
from app.settings.head import HeadSettings
from app.settings.schema import CameraSettings

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.1
"""How soon a new wish is noticed."""

RETRY_SECONDS = 1.0
"""Between attempts at a head that does not answer; each is ten tries of the driver within 0.1 s."""


class Aim(NamedTuple):
    """Where a head looks, degrees -90..90; 0 0 is straight ahead."""

    pan: int
    tilt: int


@dataclass(frozen=True, slots=True)
class HeadStatus:
    """Replaced as a whole, never changed."""

    kind: str
    """pantilt or simulated."""
    at: Aim | None = None
    """The last command that worked, perhaps before a restart. None: there never was one."""
    wanted: Aim | None = None
    """The newest wish, within the limits."""
    problem: str = ""
    disturbances: int = 0
    """How often something was done that the picture may show."""
    still_at: float = float("-inf")
    """When the picture is still again, monotonic seconds."""

    @property
    def moving(self) -> bool:
        """On its way to where it is wanted."""
        return self.wanted is not None and self.at != self.wanted and not self.problem


class Head:
    """Follows `wanted` with `mount`. All but `status` belongs to the thread; tests call `step` themselves.

    `at`: where it was told to look last, before this process. `keep`: called with the position once it is reached.
    """

    def __init__(
        self,
        mount: Mount,
        settings: HeadSettings,
        *,
        wanted: Callable[[], Aim | None],
        at: Aim | None,
        keep: Callable[[Aim], None],
    ) -> None:
        self._mount, self._settings, self._wanted, self._keep = mount, settings, wanted, keep
        self._kept = at
        self._powered = False  # or perhaps so: what failed may have happened
        self._obeys = False  # whether the servos are known to be on and where they were told
        self._told = False  # whether this process has told them anything
        self._retry_at = self._off_at = float("-inf")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="head", daemon=True)
        self.status = HeadStatus(mount.kind, Aim(*settings.within(*at)) if at else None)

    def start(self) -> None:
        """Begin; first to where it was last wanted."""
        self._thread.start()

    def close(self, timeout: float = 3.0) -> None:
        """Stop where it is, with the servos off."""
        self._stop.set()
        self._thread.join(timeout)

    def step(self, now: float) -> float:
        """Do what is due at `now` (monotonic seconds); the seconds until the next look."""
        wish = self._wanted()
        target = Aim(*self._settings.within(*wish)) if wish is not None else None
        if target != self.status.wanted:
            self.status = replace(self.status, wanted=target)
        if now < self._retry_at:
            return min(LOOK_SECONDS, self._retry_at - now)
        try:
            if target is not None and (not self._told or self.status.problem or self.status.at != target):
                self._advance(target, now)
                return self._settings.step_seconds
            self._rest(now)
        except HeadError as error:
            self._fail(str(error), now)
        return LOOK_SECONDS

    def _run(self) -> None:
        try:
            while not self._stop.wait(self._step_or_fail()):
                pass
        finally:
            self._let_go()

    def _step_or_fail(self) -> float:
        try:
            return self.step(time.monotonic())
        except Exception as error:  # a head that cannot be turned must say so and not just stand there
            if not self.status.problem:
                log.exception("the head cannot be turned")
            self._fail(f"the head cannot be turned: {error}", time.monotonic())
            return LOOK_SECONDS

    def _advance(self, target: Aim, now: float) -> None:
        before = self.status.at
        if before is None:
            to = target  # nobody knows where it looks, so no step of any size is a small one
        elif not self._told:
            to = before  # it should stand there already; now it surely does
        else:
            to = _towards(before, target, self._settings.step_degrees)
        fresh = not self._obeys
        try:
            if fresh:
                self._powered = True
                self._mount.on()
            if fresh or before is None or to.pan != before.pan:
                self._mount.pan(to.pan)
                if before is not None:
                    self.status = replace(self.status, at=Aim(to.pan, before.tilt))
            if fresh or before is None or to.tilt != before.tilt:
                self._mount.tilt(to.tilt)
                self.status = replace(self.status, at=to)
        except HeadError:
            # An attempt that changed nothing is no disturbance, or a dead head would blind the camera for good.
            if self.status.at != before:
                self._disturb(now)
            raise
        self._told = self._obeys = True
        self._off_at = now + self._settings.hold_seconds
        self._disturb(now)
        if self.status.problem:
            log.info("the head obeys again")
            self.status = replace(self.status, problem="")

    def _rest(self, now: float) -> None:
        at = self.status.at
        if at is not None and at != self._kept and now >= self.status.still_at:
            self._kept = at
            self._keep(at)
        if self._powered and self._settings.hold_seconds and now >= self._off_at:
            self._mount.off()
            self._powered = self._obeys = False
            self._disturb(now)  # the camera's weight may pull it down a little

    def _disturb(self, now: float) -> None:
        self.status = replace(
            self.status,
            disturbances=self.status.disturbances + 1,
            still_at=now + self._settings.settle_seconds,
        )

    def _fail(self, problem: str, now: float) -> None:
        if not self.status.problem:
            log.warning("%s; it is tried again", problem)
        self.status = replace(self.status, problem=problem)
        self._obeys = False
        self._retry_at = now + RETRY_SECONDS

    def _let_go(self) -> None:
        if self.status.at is not None and self.status.at != self._kept:
            self._keep(self.status.at)
        if not self._powered:
            return
        try:
            self._mount.off()
        except HeadError as error:
            log.warning("the servos may still be on: %s", error)


def head_for(camera: CameraSettings, orders: OrdersKeeper) -> Head | None:
    """The head as set, not yet turned; None if the camera has none."""
    if camera.head.kind == "none":
        return None

    def wanted() -> Aim | None:
        wish = orders.current.head
        return Aim(wish.pan, wish.tilt) if wish else None

    return Head(
        open_mount(camera.head, camera.source),
        camera.head,
        wanted=wanted,
        at=Aim(*orders.head_at) if orders.head_at else None,
        keep=lambda at: orders.head_stands(*at),
    )


def _towards(at: Aim, target: Aim, most: int) -> Aim:
    """One step of at most `most` degrees on each axis."""
    pan, tilt = (here + max(-most, min(most, there - here)) for here, there in zip(at, target, strict=True))
    return Aim(pan, tilt)
