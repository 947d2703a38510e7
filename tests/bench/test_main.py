"""`python -m bench` runs what there is, and says what it leaves out."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import bench.__main__ as entry


def test_every_part_is_a_module_with_a_duration() -> None:
    for part in entry.PARTS.values():
        assert find_spec(f"bench.{part.command.split()[0]}")
        assert part.seconds > 0


def test_what_runs_without_being_named_takes_ten_minutes_at_most() -> None:
    assert sum(entry.PARTS[name].seconds for name in entry.USUAL) <= 600


def test_both_tables_of_quality_are_among_the_usual_parts() -> None:
    assert {"motion", "motion_quality", "person", "person_quality"} <= set(entry.USUAL)


def test_a_long_part_runs_only_when_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []

    def note(name: str, _part: entry.Part) -> int:
        ran.append(name)
        return 0

    monkeypatch.setattr(entry, "run", note)
    for words in ([], ["learn_quality"]):
        monkeypatch.setattr(sys, "argv", ["bench", *words])
        assert entry.main() == 0
    assert ran == [*entry.USUAL, "learn_quality"]


def test_the_list_names_every_part_and_runs_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["bench", "--list"])
    assert entry.main() == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(entry.PARTS)


def test_an_unknown_part_is_refused_with_the_known_ones(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["bench", "montion"])
    with pytest.raises(SystemExit, match="2"):
        entry.main()
    said = capsys.readouterr().err
    assert "no such part: montion" in said
    assert "motion_quality" in said


def test_a_part_without_what_it_needs_is_left_out_and_that_is_no_failure(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert entry.run("nothing", entry.Part("nothing", "no_such_module", 1, lambda: "the moon")) == 0
    assert "left out, because this is not there: the moon" in capsys.readouterr().out


@pytest.mark.parametrize(("files", "left_out"), [([], True), (["README.md"], True), (["a.onnx"], False)])
def test_the_person_gate_is_measured_where_there_is_a_model(
    files: list[str], left_out: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entry, "SHARED", tmp_path / "shared")
    monkeypatch.setattr(entry, "MODEL_FILES", tmp_path)
    for name in files:
        (tmp_path / name).touch()
    assert bool(entry.no_model()) is left_out


def test_a_part_that_fails_is_told_by_the_exit_code() -> None:
    assert entry.run("broken", entry.Part("broken", "no_such_module", 10)) == 1


def test_a_part_that_does_not_end_is_given_up(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(entry, "PATIENCE", 0)
    assert entry.run("endless", entry.Part("endless", "motion", 1)) == entry.TOO_LONG
    assert "given up" in capsys.readouterr().out
