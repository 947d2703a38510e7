"""What may be done with an alert that is probably nothing: marked by default, held on request, never above a score."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.settings import Settings, SettingsError, load_settings


def loaded(tmp_path: Path, text: str) -> Settings:
    (tmp_path / "mine.yml").write_text(text)
    return load_settings({"PYCAM_CONFIG": str(tmp_path / "mine.yml")}, private=tmp_path / "none.yml")


def test_by_default_alerts_are_marked_and_nothing_is_held(tmp_path: Path) -> None:
    learning = loaded(tmp_path, "log_level: INFO").learning
    assert (learning.quieten, learning.never_above) == ("mark", 0.6)
    assert loaded(tmp_path, "learning: {quieten: hold}").learning.quieten == "hold"


@pytest.mark.parametrize(
    "text", ["quieten: drop", "never_above: 1.2", "never_above: -0.1", "newer_above: 0.5"]
)
def test_what_cannot_be_is_refused_by_name(tmp_path: Path, text: str) -> None:
    with pytest.raises(SettingsError, match=f"learning.{text.partition(':')[0]}"):
        loaded(tmp_path, f"learning: {{{text}}}")
