"""When the weekly message comes: a weekday and a time of the day, however YAML reads that."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.settings import SettingsError, load_settings
from app.settings.digest import DigestSettings


def loaded(tmp_path: Path, text: str) -> DigestSettings:
    (tmp_path / "mine.yml").write_text(f"digest: {{{text}}}\n")
    return load_settings({"PYCAM_CONFIG": str(tmp_path / "mine.yml")}, private=tmp_path / "none.yml").digest


def test_by_default_it_comes_on_monday_morning(tmp_path: Path) -> None:
    assert loaded(tmp_path, "") == DigestSettings(enabled=True, weekday="monday", at="09:00")


@pytest.mark.parametrize(
    ("written", "read"),
    [('"10:30"', "10:30"), ("10:30", "10:30"), ("9:00", "09:00"), ("0:05", "00:05"), ("23:59", "23:59")],
)
def test_a_time_means_the_same_with_quotes_and_without(tmp_path: Path, written: str, read: str) -> None:
    assert loaded(tmp_path, f"at: {written}").at == read


@pytest.mark.parametrize(
    "text",
    [
        "weekday: someday",
        "weekday: Monday",
        "at: noon",
        "at: 24:00",
        'at: "9"',
        "at: -1",
        "at: true",
        "on: true",
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError, match="line 1"):
        loaded(tmp_path, text)
