from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from app.commands.machine import RecentReading, read_machine
from tests.commands.builders import NOTHING_KNOWN


@pytest.mark.parametrize(
    ("bits", "words"),
    [
        ("0", ""),
        ("0x5", "under-voltage, throttled now"),
        ("50000", "under-voltage, throttled since the start"),
        ("50005\n", "under-voltage, throttled now; under-voltage, throttled since the start"),
    ],
)
def test_the_pis_throttling_is_said_in_words(bits: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "throttled").write_text(bits)
    assert read_machine(tmp_path, throttled=tmp_path / "throttled").throttling == words


def test_temperature_comes_from_the_thermal_zone_where_no_sensor_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(psutil, "sensors_temperatures", dict)
    (tmp_path / "temp").write_text("48312\n")
    assert read_machine(tmp_path, thermal=tmp_path / "temp").temperature == pytest.approx(48.312)


def test_what_cannot_be_read_is_unknown_and_never_a_guess(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(psutil, "sensors_temperatures", dict)
    (tmp_path / "rubbish").write_text("hot")
    nowhere = tmp_path / "nowhere"
    for path in (nowhere, tmp_path / "rubbish"):
        machine = read_machine(nowhere, thermal=path, throttled=path)
        assert (machine.temperature, machine.throttling, machine.disk_free_gb) == (None, None, None)


def test_a_reading_is_renewed_once_it_is_old_or_the_clock_went_back() -> None:
    readings: list[int] = []
    moment = 100.0

    def read():  # type: ignore[no-untyped-def]
        readings.append(1)
        return NOTHING_KNOWN

    recent = RecentReading(read, lambda: moment, max_age_seconds=2)
    for moment, count in ((100.0, 1), (101.9, 1), (102.0, 2), (50.0, 3)):  # noqa: B007 — read by the clock
        recent()
        assert len(readings) == count
