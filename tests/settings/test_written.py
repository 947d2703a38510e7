"""The layer that tuning writes: over the owner's file, under the secrets, and only what tuning sets."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.settings import Settings, SettingsError, load_settings

NO_PRIVATE = Path("/nonexistent/private.yml")

CAMERAS = """
cameras:
  - {name: front, source: a.mp4, ignore: [[[0.9, 0], [1, 0], [1, 0.1]]]}
  - {name: yard, source: b.mp4}
"""


def load(tmp_path: Path, tuned: str, mine: str = CAMERAS, chosen: str = "") -> Settings:
    (tmp_path / "data").mkdir(exist_ok=True)
    (tmp_path / "data" / "tuned.yml").write_text(tuned)
    (tmp_path / "data" / "chosen.yml").write_text(chosen)
    (tmp_path / "mine.yml").write_text(mine)
    environment = {"PYCAM_CONFIG": str(tmp_path / "mine.yml"), "PYCAM_DATA": str(tmp_path / "data")}
    return load_settings(environment, private=NO_PRIVATE)


def test_tuned_numbers_win_over_the_owners_file(tmp_path: Path) -> None:
    loaded = load(
        tmp_path,
        "motion: {min_area_percent: 0.9}\nperson: {min_score: 0.5}\n",
        "motion: {min_area_percent: 0.5}",
    )
    assert loaded.motion.min_area_percent == 0.9
    assert loaded.person.min_score == 0.5


def test_every_number_that_tuning_turns_may_stand_there(tmp_path: Path) -> None:
    loaded = load(
        tmp_path,
        "motion: {threshold_levels: 8}\ntrigger: {min_moving_frames: 5, confirm_below: 0.7}\n",
    )
    assert loaded.motion.threshold_levels == 8
    assert (loaded.trigger.min_moving_frames, loaded.trigger.confirm_below) == (5, 0.7)


def test_a_threshold_that_an_older_pycam_wrote_gives_way_to_the_tuned_one(tmp_path: Path) -> None:
    older = "motion: {threshold_levels: 7}\n"
    assert load(tmp_path, "", chosen=older).motion.threshold_levels == 7
    tuned = "motion: {threshold_levels: 9}\n"
    assert load(tmp_path, tuned, chosen=older).motion.threshold_levels == 9


def test_a_vote_that_the_window_cannot_hold_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="min_moving_frames cannot be more than window_frames"):
        load(tmp_path, "trigger: {min_moving_frames: 31}\n")


def test_a_mistake_that_tuning_has_a_part_in_names_the_way_back(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"window_frames \(.*`pycam tune --undo` takes that back"):
        load(tmp_path, "trigger: {min_moving_frames: 8}\n", CAMERAS + "trigger: {window_frames: 5}\n")
    beyond = "cameras: {front: {ignore: [[[0, 0], [0.2, 0], [0.2, 1.2]]]}}\n"
    for broken in (beyond, "motion: [", "colour: {red: 1}\n", "motion: {min_area_percent: lots}\n"):
        with pytest.raises(SettingsError, match="pycam tune --undo"):
            load(tmp_path, broken)


def test_an_owners_own_mistake_does_not_send_them_to_tuning(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as raised:
        load(tmp_path, "motion: {min_area_percent: 1}\n", CAMERAS + "motion: {width_pixels: 5}\n")
    assert "tune" not in str(raised.value)
    twice = CAMERAS + "  - {name: front, source: c.mp4}\n"
    with pytest.raises(SettingsError, match="two cameras") as raised:
        load(tmp_path, "cameras: {front: {ignore: [[[0, 0], [0.2, 0], [0.2, 0.2]]]}}\n", twice)
    assert "tune" not in str(raised.value)


def test_tuned_masks_are_added_to_the_cameras_own(tmp_path: Path) -> None:
    loaded = load(tmp_path, "cameras: {front: {ignore: [[[0, 0], [0.2, 0], [0.2, 0.2]]]}}\n")
    assert loaded.camera("front").ignore == (
        ((0.9, 0), (1, 0), (1, 0.1)),
        ((0, 0), (0.2, 0), (0.2, 0.2)),
    )
    assert loaded.camera("yard").ignore == ()


def test_masks_of_a_camera_that_has_gone_are_passed_over(tmp_path: Path) -> None:
    loaded = load(tmp_path, "cameras: {old: {ignore: [[[0, 0], [0.2, 0], [0.2, 0.2]]]}}\n")
    assert [camera.ignore for camera in loaded.cameras] == [(((0.9, 0), (1, 0), (1, 0.1)),), ()]


def test_without_the_file_or_with_an_empty_one_nothing_changes(tmp_path: Path) -> None:
    assert load(tmp_path, "").motion == load_settings({}, private=NO_PRIVATE, tuned=Path(os.devnull)).motion
    (tmp_path / "data" / "tuned.yml").unlink()
    environment = {"PYCAM_DATA": str(tmp_path / "data")}
    assert load_settings(environment, private=NO_PRIVATE).motion.min_area_percent == 0.4


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("motion: {min_area_percent: 0}\n", 1, "motion.min_area_percent: must be above 0"),
        ("\nmotion: {width_pixels: 80}\n", 2, "motion.width_pixels: is nothing that pycam tune sets"),
        ("slack: {owners: [U0EVIL]}\n", 1, "slack: is nothing that pycam tune sets"),
        ("cameras: {front: {source: x.mp4}}\n", 1, "cameras.front.source: is nothing that pycam tune sets"),
        ("cameras: [front]\n", 1, "cameras: must be a mapping"),
        ("cameras: {front: 3}\n", 1, "cameras.front: must be a mapping"),
        ("cameras: {front: {ignore: 3}}\n", 1, "cameras.front.ignore: must be a list of polygons"),
        ("cameras:\n  front:\n    ignore: [[[0, 0], [2, 0], [0, 1]]]\n", 3, "cameras[front].ignore[2][2][1]"),
        ("motion: 3\n", 1, "motion: must be a mapping"),
    ],
)
def test_a_mistake_in_it_is_told_with_its_place(tmp_path: Path, text: str, line: int, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, text)
    assert str(caught.value).startswith(f"{tmp_path / 'data' / 'tuned.yml'}, line {line}: {said}")


def test_a_file_can_be_proved_before_it_takes_its_place(tmp_path: Path) -> None:
    candidate = tmp_path / "candidate.yml"
    candidate.write_text("person: {min_score: 7}\n")
    with pytest.raises(SettingsError, match=r"candidate\.yml, line 1: person\.min_score"):
        load_settings({}, private=NO_PRIVATE, tuned=candidate)
