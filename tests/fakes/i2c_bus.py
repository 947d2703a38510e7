"""An I2C bus with a Pan-Tilt HAT on it, register by register, and two servos that do what the registers say.

Speaks the part of smbus2.SMBus that the HAT's library uses. Registers as on the HAT: 0 configuration (bit 0 and
1: servo one and two get pulses), 1 and 3 the servos' pulse lengths in microseconds.
"""

from __future__ import annotations

import errno
from collections.abc import Callable

ADDRESS = 0x15
CONFIG, SERVO_ONE, SERVO_TWO = 0x00, 0x01, 0x03
SHORTEST, LONGEST = 575, 2325
"""Microseconds for -90° and 90°."""


class FakeHat:
    """`unplug()` makes every transfer fail, `fail_next` so many of them; `lose_power()` empties the registers."""

    def __init__(self) -> None:
        self._bytes: dict[int, int] = {}
        self._words: dict[int, int] = {}
        self._stands: dict[int, float] = {}
        self._plugged = True
        self.fail_next = 0
        self.before_write: Callable[[int], None] = lambda register: None
        """Called with the register before each write; to break things in the middle."""
        self.path: list[tuple[float, float]] = []
        """Every position both servos ever stood at."""
        self.writes = 0

    def unplug(self) -> None:
        self._plugged = False

    def plug_in(self) -> None:
        self._plugged = True

    def lose_power(self) -> None:
        """What a brown-out does: the servos stay where they are, the registers do not."""
        self._bytes.clear()
        self._words.clear()

    @property
    def powered(self) -> tuple[bool, bool]:
        """Whether servo one and servo two get pulses."""
        config = self._bytes.get(CONFIG, 0)
        return bool(config & 1), bool(config & 2)

    @property
    def lights(self) -> bool:
        return bool(self._bytes.get(CONFIG, 0) & 4)

    @property
    def stands(self) -> tuple[float, float] | None:
        """Pan and tilt in degrees; None: a servo was never driven."""
        if len(self._stands) < 2:
            return None
        return self._stands[SERVO_ONE], self._stands[SERVO_TWO]

    def write_byte_data(self, address: int, register: int, value: int) -> None:
        self._transfer(address, register)
        self._bytes[register] = value
        self._drive()

    def write_word_data(self, address: int, register: int, value: int) -> None:
        self._transfer(address, register)
        self._words[register] = value
        self._drive()

    def write_i2c_block_data(self, address: int, register: int, data: list[int]) -> None:
        raise AssertionError("nothing of pycam lights the HAT's LEDs")

    def read_word_data(self, address: int, register: int) -> int:
        raise AssertionError("an unset register reads as straight ahead: nothing may believe it")

    def _transfer(self, address: int, register: int) -> None:
        self.before_write(register)
        if address != ADDRESS or not self._plugged:
            raise OSError(errno.EREMOTEIO, "Remote I/O error")
        if self.fail_next:
            self.fail_next -= 1
            raise OSError(errno.EREMOTEIO, "Remote I/O error")
        self.writes += 1

    def _drive(self) -> None:
        for register, on in zip((SERVO_ONE, SERVO_TWO), self.powered, strict=True):
            pulse = self._words.get(register)
            if on and pulse is not None:
                assert SHORTEST <= pulse <= LONGEST, f"a pulse of {pulse} µs drives a servo against its stop"
                self._stands[register] = (pulse - SHORTEST) / (LONGEST - SHORTEST) * 180 - 90
        if self.stands is not None and (not self.path or self.path[-1] != self.stands):
            self.path.append(self.stands)
