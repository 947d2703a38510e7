"""How the machine itself is: heat, throttling, disk, memory. What cannot be read is None, never a guess."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

_THERMAL = Path("/sys/class/thermal/thermal_zone0/temp")
_THROTTLED = Path("/sys/devices/platform/soc/soc:firmware/get_throttled")

_CPU_SENSORS = ("cpu_thermal", "coretemp", "k10temp", "soc_thermal")
"""Names of the processor's own sensor: the Pi, Intel, AMD, other ARM boards."""

# https://www.raspberrypi.com/documentation/computers/os.html#get_throttled
_NOW = {0: "under-voltage", 1: "frequency capped", 2: "throttled", 3: "at the soft temperature limit"}
_SINCE_BOOT = {bit + 16: text for bit, text in _NOW.items()}


@dataclass(frozen=True, slots=True)
class Machine:
    """Degrees Celsius, gigabytes (10⁹ bytes), percent; `throttling` in words, '' for none."""

    temperature: float | None
    throttling: str | None
    disk_free_gb: float | None
    memory_percent: float | None
    memory_free_gb: float | None


class RecentReading:
    """The machine's state, read anew when the last reading is older than `max_age_seconds`.

    Nothing in it changes faster, and an answer need not wait for the kernel's files each time.
    """

    def __init__(
        self, read: Callable[[], Machine], now: Callable[[], float], *, max_age_seconds: float = 2.0
    ) -> None:
        self._read, self._now, self._max_age = read, now, max_age_seconds
        self._last: tuple[float, Machine] | None = None

    def __call__(self) -> Machine:
        """The reading, at most `max_age_seconds` old."""
        last, now = self._last, self._now()
        if last is None or not 0 <= now - last[0] < self._max_age:
            self._last = last = (now, self._read())
        return last[1]


def read_machine(data: Path, *, thermal: Path = _THERMAL, throttled: Path = _THROTTLED) -> Machine:
    """A reading of this moment; takes about a millisecond."""
    memory = psutil.virtual_memory()
    return Machine(
        temperature=_temperature(thermal),
        throttling=_throttling(throttled),
        disk_free_gb=_disk_free(data),
        memory_percent=memory.percent,
        memory_free_gb=memory.available / 1e9,
    )


def _temperature(thermal: Path) -> float | None:
    sensors = psutil.sensors_temperatures() if hasattr(psutil, "sensors_temperatures") else {}
    for name in _CPU_SENSORS:
        if readings := sensors.get(name):
            return float(readings[0].current)
    try:
        return int(thermal.read_text()) / 1000
    except (OSError, ValueError):
        return None


def _throttling(path: Path) -> str | None:
    try:
        bits = int(path.read_text().strip(), 16)
    except (OSError, ValueError):
        return None
    now = [text for bit, text in _NOW.items() if bits >> bit & 1]
    past = [text for bit, text in _SINCE_BOOT.items() if bits >> bit & 1]
    parts = [", ".join(now) + " now"] if now else []
    return "; ".join([*parts, *([", ".join(past) + " since the start"] if past else [])])


def _disk_free(data: Path) -> float | None:
    try:
        return psutil.disk_usage(str(data)).free / 1e9
    except OSError:
        return None
