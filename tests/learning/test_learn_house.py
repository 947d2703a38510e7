"""From frames to frames: samples taken by the real eyes, tagged, learned from, and the camera that goes by it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.camera.jobs import AlertJob
from app.camera.loop import CameraLoop
from app.camera.orders import Orders
from app.camera.second_stage import SecondStage
from app.cli import main
from app.domain import Box, Detection, Tag
from app.rules import Verdict
from app.store.events import EventRecord
from app.store.learned import Learned
from app.vision.gate import InlineGate
from app.vision.pipeline import pipeline_for
from tests.learning.drawn_house import House, Model, Paint, Picture, gust, past_the_tree, walker

ARMED = Orders(Verdict(True, "U1 armed it"), None, None, None)


class Unsure(Model):
    """No score tells: people get no more than the tree."""

    def detect(self, frame: Picture, region: Box | None = None) -> list[Detection]:
        return [one._replace(score=0.55) for one in super().detect(frame, region)]


class Desk:
    """A recorder that keeps the alerts."""

    def __init__(self) -> None:
        self.alerts: list[EventRecord] = []

    def submit(self, job: Any) -> None:
        if isinstance(job, AlertJob):
            self.alerts.append(job.event)

    def submit_sample(self, job: object) -> None:
        """Of no interest."""

    submit_picture = submit_sample


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    house = House(tmp_path_factory.mktemp("house"), model=Unsure())
    for day in range(6):
        for number in range(9):
            if number % 2:
                house.alert(past_the_tree if (day + number) % 4 == 0 else walker, Tag.OCCUPIED)
            else:
                house.alert(gust, Tag.UNOCCUPIED)
        house.next_day()
    return house


def alert_of(house: House, paint: Paint) -> EventRecord:
    """What the camera makes of it now."""
    settings, desk, data = house.settings, Desk(), house.settings.storage.data
    camera, gate = settings.cameras[0], InlineGate(house.model)
    stage = SecondStage(Learned(data), settings.learning)
    stage.look()
    loop = CameraLoop(
        settings,
        camera,
        pipeline=pipeline_for(settings, camera, gate),
        gate=gate,
        orders=lambda: ARMED,
        recorder=desk,  # type: ignore[arg-type]
        picture_answered=lambda wish: None,
        second_stage=stage,
    )
    for frame in house._frames(paint):
        loop.step(frame)
    [alert] = desk.alerts
    return alert


def test_the_tree_becomes_quiet_people_do_not_and_undo_brings_the_tree_back(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PYCAM_DATA", str(house.settings.storage.data))
    monkeypatch.delenv("PYCAM_CONFIG", raising=False)
    house.next_day()
    assert not alert_of(house, gust).quietened
    assert main(["learn", "--yes"]) == 0
    assert "of 24 people" in capsys.readouterr().out
    assert alert_of(house, gust).quietened
    for paint in (walker, past_the_tree):
        alert = alert_of(house, paint)
        assert alert.announced
        assert not alert.quietened
        assert alert.nothing_probability is not None
        assert alert.nothing_probability < 0.5
    assert main(["learn", "--undo"]) == 0
    assert not alert_of(house, gust).quietened


def test_alerts_of_a_camera_that_has_gone_are_left_out_and_that_is_said(
    house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "mine.yml"
    config.write_text("cameras: [{name: garden, source: x.mp4}]")
    monkeypatch.setenv("PYCAM_DATA", str(house.settings.storage.data))
    monkeypatch.setenv("PYCAM_CONFIG", str(config))
    assert main(["learn"]) == 1
    assert "54 are of cameras that are no longer in the settings" in capsys.readouterr().out
