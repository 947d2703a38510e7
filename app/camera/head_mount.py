"""What turns the camera: the two servos of Pimoroni's Pan-Tilt HAT, or nothing but the wish to.

The only place that knows the HAT's library. Two of its habits are kept away from here: its idle timer, which
switches servos off from a thread of its own between the two writes of a move and lets a bus error end that
thread; and reading positions back, which gives 0 for a register nobody has set.
"""

from __future__ import annotations

import atexit
import fcntl
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from app.settings.head import HeadSettings

log = logging.getLogger(__name__)

I2C_BUS = 1
"""Of the Pi's 40-pin header: /dev/i2c-1."""


class HeadError(Exception):
    """The head did not do what it was told. Another try may help."""


class Mount(Protocol):
    """Two servos, used from one thread. Degrees -90..90. Each call raises HeadError."""

    kind: str

    def on(self) -> None:
        """Power for the servos; what they were told before may be forgotten."""

    def pan(self, degrees: int) -> None:
        """Turn sideways, at once."""

    def tilt(self, degrees: int) -> None:
        """Turn up or down, at once."""

    def off(self) -> None:
        """No power for the servos: quiet, and held by their gears alone."""


class SimulatedMount:
    """Obeys, and moves nothing."""

    kind = "simulated"

    def on(self) -> None:
        """Nothing to power."""

    def pan(self, degrees: int) -> None:
        """Nothing to turn."""

    def tilt(self, degrees: int) -> None:
        """Nothing to turn."""

    def off(self) -> None:
        """Nothing to switch off."""


class PanTiltMount:
    """The HAT. It is looked for when it is first needed, and again after each failure to find it."""

    kind = "pantilt"

    def __init__(self, open_bus: Callable[[], Any] | None = None) -> None:
        """`open_bus`: gives an smbus2.SMBus or what behaves like one; may raise OSError."""
        self._open_bus = open_bus or claim_bus
        self._bus: Any = None
        self._hat: Any = None

    def probe(self) -> None:
        """Whether it answers; its servos stay off. Raises HeadError."""
        self._answering()

    def on(self) -> None:
        """Both, whatever was set before: after a fault the HAT may have started anew."""
        self._enable(True)

    def pan(self, degrees: int) -> None:
        """Servo one."""
        hat = self._answering()
        with _translated():
            hat.pan(degrees)

    def tilt(self, degrees: int) -> None:
        """Servo two."""
        hat = self._answering()
        with _translated():
            hat.tilt(degrees)

    def off(self) -> None:
        """Both."""
        self._enable(False)

    def _enable(self, powered: bool) -> None:
        hat = self._answering()
        with _translated():
            for servo in (1, 2):
                hat.servo_enable(servo, powered)

    def _answering(self) -> Any:
        if self._hat is None:
            with _translated():
                from pantilthat import PanTilt  # noqa: PLC0415 — optional: only a Pi with the HAT has it

                self._bus = self._bus or self._open_bus()
                hat = PanTilt(enable_lights=False, idle_timeout=0, i2c_bus=self._bus)
                hat.setup()
                # `off` is called in time, and by who can handle a bus that is gone: the library's way ends in a trace.
                atexit.unregister(hat._atexit)
            self._hat = hat
        return self._hat


def open_mount(settings: HeadSettings, source: str, hat: Callable[[], PanTiltMount] = PanTiltMount) -> Mount:
    """What turns the camera with that source. `settings.kind` is not 'none'.

    'auto' looks for the HAT under a Pi camera alone: address 0x15 on a PC's bus 1 is many a laptop's touchpad.
    """
    if settings.kind == "pantilt":
        return hat()  # absent now, it may answer later
    if settings.kind == "auto" and source.partition(":")[0] == "picamera":
        found = hat()
        try:
            found.probe()
        except HeadError as error:
            log.info("the head is simulated: %s", error)
        else:
            log.info("the head is a Pan-Tilt HAT")
            return found
    return SimulatedMount()


def claim_bus() -> Any:
    """The I2C bus, for this process alone: a second owner would switch the servos off under the first one's hands.

    Raises OSError: no such bus, no right to it, or another camera process has it.
    """
    from smbus2 import SMBus  # noqa: PLC0415 — as above

    bus = SMBus(I2C_BUS)
    try:
        claim(bus.fd)
    except OSError:
        bus.close()
        raise
    return bus


def claim(descriptor: int) -> None:
    """Hold the open file against others who claim it, until it is closed. Raises OSError if another one does."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise OSError(error.errno, "another camera process has the head") from error


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        raise HeadError("pantilthat and smbus2 are not installed (`make install` brings them)") from error
    except OSError as error:
        raise HeadError(f"the Pan-Tilt HAT does not answer on I2C bus {I2C_BUS}: {error}") from error
