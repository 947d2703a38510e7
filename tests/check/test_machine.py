"""Room, heat, power."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.check.machine import ReadMachine, disk, power, temperature
from app.commands.machine import Machine
from tests.check.builders import assert_failed, assert_ok, assert_skipped, assert_warning, context_of


def reading(
    *, degrees: float | None = 50.0, throttling: str | None = "", free: float | None = 20.0
) -> ReadMachine:
    return lambda _data: Machine(degrees, throttling, free, 40.0, 2.0)


def test_a_folder_that_takes_a_file_and_has_room_is_well_and_stays_empty(tmp_path: Path) -> None:
    assert_ok(disk(context_of(storage={"data": tmp_path}), reading()), "20.0 GB free")
    assert list(tmp_path.iterdir()) == []


def test_the_real_disk_is_read(tmp_path: Path) -> None:
    context = context_of(storage={"data": tmp_path, "min_free_mb": 0})
    assert_ok(disk(context), "GB free")


def test_a_folder_that_is_not_there_yet_is_not_made(tmp_path: Path) -> None:
    data = tmp_path / "not" / "yet"
    assert_ok(disk(context_of(storage={"data": data}), reading()), "not made yet")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("free", [0.3, 0.59])
def test_little_room_is_a_warning(tmp_path: Path, free: float) -> None:
    context = context_of(storage={"data": tmp_path, "min_free_mb": 200})
    assert_warning(disk(context, reading(free=free)), do="make room")


def test_less_than_the_settings_want_is_a_failure(tmp_path: Path) -> None:
    context = context_of(storage={"data": tmp_path, "min_free_mb": 200})
    assert_failed(disk(context, reading(free=0.1)), "only alerts", do="make room")


def test_a_file_in_the_place_of_the_folder_is_named(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.write_text("")
    assert_failed(disk(context_of(storage={"data": data}), reading()), "is not a folder", do="storage.data")


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_folder_of_somebody_else_is_a_failure(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    context = context_of(storage={"data": tmp_path})
    assert_failed(disk(context, reading()), "cannot be written", do="writable for the user")


def test_a_full_disk_is_a_failure() -> None:
    """/proc takes no file from anybody, root included."""
    context = context_of(storage={"data": "/proc"})
    assert_failed(disk(context, reading()), "/proc cannot be written", do="writable for the user")


def test_a_disk_that_tells_nothing_is_a_warning(tmp_path: Path) -> None:
    context = context_of(storage={"data": tmp_path})
    assert_warning(disk(context, reading(free=None)), "cannot be told", do="df ")


def test_heat_is_judged_by_what_a_pi_bears() -> None:
    context = context_of()
    assert_ok(temperature(context, reading(degrees=60)), "60 °C")
    assert_warning(temperature(context, reading(degrees=76)), "76 °C", do="heat sink")
    assert_failed(temperature(context, reading(degrees=83)), "slows down", do="heat sink")
    assert_skipped(temperature(context, reading(degrees=None)), "no sensor")


def test_under_voltage_now_is_a_failure_and_one_of_the_past_a_warning() -> None:
    context = context_of()
    assert_ok(power(context, reading(throttling="")), "no under-voltage")
    assert_failed(
        power(context, reading(throttling="under-voltage now; throttled since the start")), do="power supply"
    )
    assert_warning(power(context, reading(throttling="throttled since the start")), do="power supply")
    assert_skipped(power(context, reading(throttling=None)), "only a Raspberry Pi")
