"""What is chosen without a shell is proved like any other setting, and never loses what was there."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from app.settings import load_settings
from app.store.chosen import Chosen, Refused


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PYCAM_DATA", str(tmp_path))
    monkeypatch.delenv("PYCAM_CONFIG", raising=False)
    return tmp_path


def put(folder: Path, section: str, /, **values: object) -> bool:
    return Chosen(folder).change(lambda layer: layer.setdefault(section, {}).update(values))


def test_what_is_chosen_is_in_force_at_the_next_start(data: Path) -> None:
    assert put(data, "trigger", cooldown_seconds=33)
    put(data, "motion", threshold_levels=8)
    settings = load_settings()
    assert (settings.trigger.cooldown_seconds, settings.motion.threshold_levels) == (33, 8)
    assert (data / "chosen.yml").stat().st_mode & 0o777 == 0o600


def test_the_same_again_writes_nothing(data: Path) -> None:
    put(data, "trigger", cooldown_seconds=33)
    before = (data / "chosen.yml").stat().st_ino
    assert not put(data, "trigger", cooldown_seconds=33)
    assert (data / "chosen.yml").stat().st_ino == before


@pytest.mark.parametrize(
    ("section", "values", "said"),
    [
        ("trigger", {"cooldown_seconds": -1}, "trigger.cooldown_seconds: must be 0 or more"),
        ("trigger", {"cooldown_seconds": "x"}, "must be a number"),
        ("motion", {"threshold_levels": 10**9}, "motion.threshold_levels"),
        ("slack", {"owners": ["U0EVIL"]}, "slack.owners: is nothing that is set without a shell"),
        ("storage", {"data": "/"}, "storage: is nothing"),
        ("cameras", {"front": {"source": "rtsp://evil"}}, "cameras.front.source: is nothing"),
        ("cameras", {"front": {"ignore": [[[0, 0], [1, 0], [1, 1], [0, 1]]]}}, "cover"),
        ("presence", {"people": [{"name": "", "devices": []}]}, "presence.people[1]"),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason_and_nothing_changes(
    data: Path, section: str, values: dict[str, object], said: str
) -> None:
    put(data, "trigger", quiet_seconds=3)
    before = (data / "chosen.yml").read_bytes()
    with pytest.raises(Refused) as caught:
        put(data, section, **values)
    assert said in str(caught.value)
    assert str(data) not in str(caught.value)
    assert (data / "chosen.yml").read_bytes() == before
    assert [path.name for path in data.iterdir() if "candidate" in path.name] == []


def test_people_replace_those_of_the_file(data: Path) -> None:
    put(data, "presence", people=[{"name": "Ann", "devices": ["AA-BB-CC-00-11-22"]}])
    [ann] = load_settings().presence.people
    assert (ann.name, ann.devices) == ("Ann", ("aa:bb:cc:00:11:22",))


def test_a_file_edited_into_nonsense_is_not_overwritten(data: Path) -> None:
    (data / "chosen.yml").write_text("{[")
    with pytest.raises(Refused, match="edited by hand"):
        put(data, "trigger", cooldown_seconds=33)
    assert (data / "chosen.yml").read_text() == "{["


def test_two_at_once_lose_nothing(data: Path) -> None:
    values = {"cooldown_seconds": 33, "quiet_seconds": 3}
    threads = [
        threading.Thread(target=put, args=(data, "trigger"), kwargs={name: value})
        for name, value in values.items()
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Chosen(data).layer()["trigger"] == values
