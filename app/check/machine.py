"""The machine: room on the disk, heat, power."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from app.check.check import Check, Context, Outcome, failed, ok, skipped, warning
from app.commands.machine import Machine, read_machine

WARM, HOT = 75.0, 80.0
"""°C. A Pi slows down from 80 on (arm temp_soft_limit and temp_limit, raspberrypi.com, config.txt)."""

SHORT_OF_ROOM = 3
"""Times storage.min_free_mb: below that it is time to look."""

ReadMachine = Callable[[Path], Machine]


def checks(context: Context) -> Iterator[Check]:
    """disk, temperature, power."""
    yield Check("disk", partial(disk, context))
    yield Check("temperature", partial(temperature, context))
    yield Check("power", partial(power, context))


def disk(context: Context, read: ReadMachine = read_machine) -> Outcome:
    """Whether storage.data can be written, and has room."""
    data, least = context.settings.storage.data, context.settings.storage.min_free_mb / 1000
    place = _there(data)
    if (problem := _unwritable(data, place)) is not None:
        return problem
    free = read(place).disk_free_gb
    if free is None:
        return warning(f"how full the disk of {data} is cannot be told", f"see `df {data}`")
    seen = f"{data}: {free:.1f} GB free" + ("" if place == data.absolute() else " (not made yet)")
    do = (
        "make room, or lower training.max_mb (storage.min_free_mb says from where on only alerts are written)"
    )
    if free < least:
        return failed(f"{seen}: only alerts and events are written", do)
    if free < SHORT_OF_ROOM * least:
        return warning(f"{seen}; below {least:g} GB only alerts and events are written", do)
    return ok(seen)


def _unwritable(data: Path, place: Path) -> Outcome | None:
    """`place`: the folder itself, or the nearest one above it. It is not made: its owner would be whoever checks."""
    do = f"make {data} writable for the user who runs pycam (here: {_user()}), or set storage.data"
    if not place.is_dir():
        return failed(f"{place} is not a folder", "set storage.data to a folder")
    if place != data.absolute():
        return None if os.access(place, os.W_OK) else failed(f"{data} is not there and cannot be made", do)
    try:
        with tempfile.NamedTemporaryFile(dir=data, prefix=".check-") as probe:
            probe.write(b"pycam was here")
            probe.flush()
            os.fsync(probe.fileno())
    except OSError as error:
        return failed(f"{data} cannot be written: {error.strerror}", do)
    return None


def temperature(context: Context, read: ReadMachine = read_machine) -> Outcome:
    """Of the processor."""
    degrees = read(context.settings.storage.data).temperature
    if degrees is None:
        return skipped("this machine has no sensor that can be read")
    do = "give it air or a heat sink; fewer frames (cameras.fps) and person.max_per_second help, too"
    if degrees >= HOT:
        return failed(f"{degrees:.0f} °C: a Pi slows down", do)
    if degrees >= WARM:
        return warning(f"{degrees:.0f} °C; from {HOT:.0f} on a Pi slows down", do)
    return ok(f"{degrees:.0f} °C")


def power(context: Context, read: ReadMachine = read_machine) -> Outcome:
    """Under-voltage and throttling, as a Pi's firmware tells them."""
    throttling = read(context.settings.storage.data).throttling
    if throttling is None:
        return skipped("only a Raspberry Pi tells")
    if not throttling:
        return ok("no under-voltage and no throttling since the start")
    do = "use the power supply that belongs to this Pi, with its own cable; against heat, a heat sink"
    if " now" in throttling:
        return failed(throttling, do)
    return warning(throttling, do)


def _there(path: Path) -> Path:
    """The path, or the nearest one above it that exists."""
    path = path.absolute()
    return next(place for place in (path, *path.parents) if place.exists())


def _user() -> str:
    return os.environ.get("USER") or f"uid {os.getuid()}"
