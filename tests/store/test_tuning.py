"""Proposals: applied only as they were made, to what they were made for, and undone to the byte."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from app.settings import Settings, SettingsError, load_settings
from app.store.tuning import Busy, NotApplied, Tuning

LAYER = {
    "motion": {"min_area_percent": 0.8},
    "cameras": {"front": {"ignore": [[[0, 0], [0.2, 0], [0.2, 0.2]]]}},
}


@pytest.fixture
def tuning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tuning:
    monkeypatch.setenv("PYCAM_DATA", str(tmp_path))
    monkeypatch.delenv("PYCAM_CONFIG", raising=False)
    return Tuning(tmp_path)


def loaded() -> Settings:
    return load_settings(private=Path("/nonexistent/private.yml"))


def test_a_proposal_changes_nothing_until_it_is_applied(tuning: Tuning) -> None:
    before = loaded()
    proposal = tuning.propose(LAYER, ["more"], now=1)
    assert loaded() == before
    assert tuning.apply(proposal.id).summary == ["more"]
    after = loaded()
    assert after.motion.min_area_percent == 0.8
    assert after.camera("front").ignore == (((0, 0), (0.2, 0), (0.2, 0.2)),)
    assert tuning.layer() == LAYER


def test_undo_brings_back_what_was_before_step_by_step_and_only_once(tuning: Tuning, tmp_path: Path) -> None:
    with pytest.raises(NotApplied, match="nothing to undo"):
        tuning.undo()
    first = tuning.propose(LAYER, [], now=1)
    tuning.apply(first.id)
    in_force = (tmp_path / "tuned.yml").read_bytes()
    second = tuning.propose({"person": {"min_score": 0.6}}, [], now=2)
    tuning.apply(second.id)
    with pytest.raises(NotApplied, match="not what is in force"):
        tuning.undo(first.id)
    tuning.undo(second.id)
    assert (tmp_path / "tuned.yml").read_bytes() == in_force
    with pytest.raises(NotApplied, match="nothing to undo"):
        tuning.undo()


def test_the_first_change_is_undone_to_no_layer_at_all(tuning: Tuning, tmp_path: Path) -> None:
    before = loaded()
    tuning.apply(tuning.propose(LAYER, [], now=1).id)
    tuning.undo()
    assert not (tmp_path / "tuned.yml").exists()
    assert loaded() == before


def test_what_was_made_for_other_settings_is_refused(tuning: Tuning, tmp_path: Path) -> None:
    proposal = tuning.propose(LAYER, [], now=1)
    tuning.apply(proposal.id)
    with pytest.raises(NotApplied, match="applied already"):
        tuning.apply(proposal.id)
    (tmp_path / "tuned.yml").unlink()
    newer = tuning.propose(LAYER, [], now=2)
    with pytest.raises(NotApplied, match="newer proposal"):
        tuning.apply(proposal.id)
    (tmp_path / "tuned.yml").write_text("motion: {min_area_percent: 2}\n")
    with pytest.raises(NotApplied, match="changed since"):
        tuning.apply(newer.id)
    assert tuning.layer() == {"motion": {"min_area_percent": 2}}


@pytest.mark.parametrize("wrong", ["", "../../etc/passwd", "0" * 15, "0" * 16 + "\n", "G" * 16])
def test_what_is_no_id_never_becomes_a_path(tuning: Tuning, wrong: str) -> None:
    with pytest.raises(NotApplied, match="no proposal's id"):
        tuning.apply(wrong)


def test_a_damaged_proposal_is_none(tuning: Tuning, tmp_path: Path) -> None:
    proposal = tuning.propose(LAYER, [], now=1)
    (tmp_path / "tune" / f"{proposal.id}.json").write_text("{")
    with pytest.raises(NotApplied, match="tune again"):
        tuning.apply(proposal.id)


def test_what_would_stop_the_next_start_is_refused(tuning: Tuning, tmp_path: Path) -> None:
    everything = {"cameras": {"front": {"ignore": [[[0, 0], [1, 0], [1, 1], [0, 1]]]}}}
    proposal = tuning.propose(everything, [], now=1)
    with pytest.raises(NotApplied, match="cover"):
        tuning.apply(proposal.id)
    assert {path.name for path in tmp_path.rglob("*.yml")} == set()


def test_an_undo_that_would_stop_the_next_start_is_refused(tmp_path: Path) -> None:
    def refuse(path: Path) -> None:
        if b"min_score" in path.read_bytes():
            raise SettingsError("no")

    tuning = Tuning(tmp_path, refuse)
    (tmp_path / "tuned.yml").write_text("person: {min_score: 0.5}\n")
    tuning.apply(tuning.propose(LAYER, [], now=1).id)
    with pytest.raises(NotApplied, match="does not fit"):
        tuning.undo()
    assert tuning.layer() == LAYER


def test_only_one_process_tunes_and_the_lock_goes_with_it(tuning: Tuning, tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from app.store.tuning import Tuning\n"
        "with Tuning(Path(sys.argv[1])).alone(): print('in', flush=True); sys.stdin.read()"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], **pipes) as other:  # type: ignore[call-overload]
        assert other.stdout.readline() == b"in\n"
        with pytest.raises(Busy), tuning.alone():
            pass
        other.kill()
    with tuning.alone():
        pass
