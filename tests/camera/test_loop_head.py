"""A camera that turns, through the real eyes: the room sweeps past, and that is no visitor."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
import pytest

from app.camera.head import Aim, Head
from app.camera.head_mount import SimulatedMount
from app.camera.jobs import AlertJob, UpdateJob
from app.camera.loop import CameraLoop
from app.camera.orders import Orders
from app.media.frame import Frame
from app.rules import Verdict
from app.settings.head import HeadSettings
from app.settings.schema import CameraSettings, Settings
from app.vision.gate import InlineGate
from app.vision.pipeline import pipeline_for
from tests.camera.parts import START, Portrait

ARMED = Orders(Verdict(True, "U1 armed it"), None, None, None)
CAMERA = CameraSettings(name="front", source="picamera")
WIDTH, HEIGHT, PIXELS_PER_DEGREE = 320, 240, 4


class Room:
    """A grey room with a bright statue that the detector takes for a person, seen through a head that turns."""

    def __init__(self, *, masked: bool = True, statue: bool = True, late: float = 0.1, **head: Any) -> None:
        self.now, self.wish, self.jobs, self.statue = 0.0, Aim(0, 0), list[Any](), statue
        self.visitor_at: int | None = None
        self._positions = deque([self.wish], maxlen=round(late * 10))
        """Where the head stood while the pictures were taken that are still on their way."""
        # Slow, so that the sweep looks like somebody who walks and not like a lamp that is switched on.
        settings = HeadSettings.model_validate({"step_degrees": 1, "step_seconds": 0.1, **head})
        self.head = Head(
            SimulatedMount(), settings, wanted=lambda: self.wish, at=self.wish, keep=lambda at: None
        )
        self._head_at = 0.0
        everything, gate = Settings(cameras=(CAMERA,)), InlineGate(Portrait())
        self.loop = CameraLoop(
            everything,
            CAMERA,
            pipeline=pipeline_for(everything, CAMERA, gate),
            gate=gate,
            orders=lambda: ARMED,
            recorder=self,  # type: ignore[arg-type]
            picture_answered=lambda wish: None,
            head=(lambda: self.head.status) if masked else None,
            epoch=lambda: START + self.now,
            monotonic=lambda: self.now,
        )

    def submit(self, job: Any) -> None:
        self.jobs.append(job)

    def submit_sample(self, job: Any) -> None:
        """Not of interest here."""

    def submit_picture(self, job: Any) -> None:
        """Not of interest here."""

    def watch(self, seconds: float) -> None:
        for _ in range(round(seconds * 10)):
            while self._head_at <= self.now:
                self._head_at += self.head.step(self._head_at)
            if self.visitor_at is not None:
                self.visitor_at = (self.visitor_at + 5) % 260
            if self.head.status.at is not None:
                self._positions.append(self.head.status.at)
            index = round(self.now * 10)
            picture = self._picture()
            self.loop.step(
                Frame(bgr=picture, luma=None, time=START + self.now, media_time=self.now, index=index)
            )
            self.now += 0.1

    @property
    def alerts(self) -> int:
        return sum(isinstance(job, AlertJob) for job in self.jobs)

    @property
    def end_reasons(self) -> list[str]:
        return [job.event.end_reason for job in self.jobs if isinstance(job, UpdateJob) and job.event.ended]

    def _picture(self) -> np.ndarray[Any, Any]:
        bgr = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
        if self.statue:
            _paint(bgr, 150 - self._positions[0].pan * PIXELS_PER_DEGREE)
        if self.visitor_at is not None:
            _paint(bgr, self.visitor_at)
        return bgr


def _paint(bgr: np.ndarray[Any, Any], left: int) -> None:
    bgr[60:200, max(0, left) : max(0, left + 50)] = 230


def test_without_the_mask_the_move_of_these_tests_would_be_an_alert() -> None:
    room = Room(masked=False)
    room.watch(5)
    room.wish = Aim(30, 0)
    room.watch(10)
    assert room.alerts == 1


def test_a_move_is_no_alert() -> None:
    room = Room()
    room.watch(5)
    room.wish = Aim(30, 0)
    room.watch(10)
    room.wish = Aim(-20, 0)
    room.watch(15)
    assert room.head.status.at == Aim(-20, 0)
    assert room.alerts == 0


def test_a_move_between_two_frames_is_no_alert_either() -> None:
    room = Room(step_degrees=180, step_seconds=0.005, settle_seconds=0)
    room.watch(5)
    room.wish = Aim(20, 0)
    room.watch(10)
    assert room.alerts == 0


@pytest.mark.parametrize(("settle_seconds", "alerts"), [(0.0, 1), (3.0, 0)])
def test_pictures_that_come_late_need_a_longer_time_to_settle(settle_seconds: float, alerts: int) -> None:
    room = Room(late=3, settle_seconds=settle_seconds)
    room.watch(6)
    room.wish = Aim(20, 0)
    room.watch(10)
    assert room.alerts == alerts


def test_after_the_move_a_visitor_is_seen_again() -> None:
    room = Room()
    room.watch(5)
    room.wish = Aim(10, 0)
    room.watch(4)
    assert room.alerts == 0
    room.visitor_at = 0
    room.watch(3)
    assert room.alerts == 1


def test_whoever_stays_through_a_move_is_the_same_visitor() -> None:
    room = Room(statue=False)
    room.watch(3)
    room.visitor_at = 0
    room.watch(3)
    assert room.alerts == 1
    room.wish = Aim(30, 0)
    room.watch(8)
    assert room.alerts == 1
    assert room.end_reasons == []
    room.visitor_at = None
    room.watch(8)
    assert room.end_reasons == ["quiet"]
    assert room.alerts == 1


def test_whoever_leaves_during_a_move_has_left() -> None:
    room = Room(statue=False)
    room.watch(3)
    room.visitor_at = 0
    room.watch(3)
    room.wish = Aim(30, 0)
    room.watch(1)
    room.visitor_at = None
    room.watch(8)
    assert room.end_reasons == ["quiet"]
    assert room.alerts == 1
