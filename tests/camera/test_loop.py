"""What one frame leads to."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest

from app.camera.gate import ThreadedGate
from app.camera.jobs import AlertJob, BetterPictureJob, KeepPictureJob, PictureJob, UpdateJob
from app.camera.loop import PICTURE_EXPIRES_SECONDS, PICTURE_PATIENCE_SECONDS, CameraLoop
from app.camera.orders import Orders
from app.camera.sample import SampleJob
from app.domain import Box, Detection
from app.media.frame import Frame
from app.rules import Mute, Verdict
from app.settings.schema import CameraSettings, Settings
from app.state.wishes import Picture
from app.vision.gate import Gate, InlineGate, NoGate
from app.vision.pipeline import pipeline_for
from tests.camera.parts import START, Portrait, footage
from tests.deadline import eventually

CAMERA = CameraSettings(name="front", source="rtsp://user:secret@camera/1")
ARMED = Orders(Verdict(True, "U1 armed it"), None, None, None)
DISARMED = Orders(Verdict(False, "U1 disarmed it"), None, None, None)


class Desk:
    """A recorder that only remembers what it was given."""

    def __init__(self) -> None:
        self.jobs: list[Any] = []
        self.samples: list[SampleJob] = []
        self.kept: list[KeepPictureJob] = []
        self.submit, self.submit_sample, self.submit_picture = (
            self.jobs.append,
            self.samples.append,
            self.kept.append,
        )

    @property
    def alerts(self) -> list[AlertJob]:
        return [job for job in self.jobs if isinstance(job, AlertJob)]

    @property
    def updates(self) -> list[UpdateJob]:
        return [job for job in self.jobs if isinstance(job, UpdateJob)]

    @property
    def better(self) -> list[BetterPictureJob]:
        return [job for job in self.jobs if isinstance(job, BetterPictureJob)]

    @property
    def pictures(self) -> list[PictureJob]:
        return [job for job in self.jobs if isinstance(job, PictureJob)]


class Room:
    """A loop on a clock that goes with the frames."""

    def __init__(self, gate: Gate | None = None, **settings: Any) -> None:
        self.orders, self.desk, self.now = ARMED, Desk(), START
        self.answered: list[str] = []
        gate = gate or InlineGate(Portrait())
        everything = Settings(cameras=(CAMERA,), **settings)
        self.loop = CameraLoop(
            everything,
            CAMERA,
            pipeline=pipeline_for(everything, CAMERA, gate),
            gate=gate,
            orders=lambda: self.orders,
            recorder=self.desk,  # type: ignore[arg-type]
            picture_answered=lambda wish: self.answered.append(wish.id),
            epoch=lambda: self.now,
            monotonic=lambda: self.now - START,
        )

    def show(self, frames: Iterable[Frame]) -> None:
        for frame in frames:
            self.now = frame.time
            self.loop.step(frame)


def test_a_visit_is_one_alert_with_picture_boxes_and_sample_and_then_its_end() -> None:
    room = Room()
    room.show(footage([(5, 12)], 20))
    [alert] = room.desk.alerts
    assert alert.event.announced
    assert alert.event.camera == "front"
    assert alert.event.started == pytest.approx(START + 5, abs=0.5)
    assert alert.event.person_score == 0.9
    assert alert.event.person_model == "portrait.onnx"
    assert (alert.event.width, alert.event.height) == (320, 240)
    assert alert.frame is not None
    assert alert.boxes
    assert alert.event.boxes == tuple(tuple(box) for box in alert.boxes)
    [sample] = room.desk.samples
    assert (sample.id, sample.reason) == (alert.event.id, "alert")
    assert len(sample.frames) == 30
    last = room.desk.updates[-1].event
    assert last.id == alert.event.id
    assert last.end_reason == "quiet"
    assert last.ended == pytest.approx(START + 12, abs=1.6)


class Approach(Portrait):
    """Surer with each look: somebody comes closer."""

    def detect(self, frame: np.ndarray[Any, Any], region: Box | None = None) -> list[Detection]:
        found = super().detect(frame, region)
        return [person._replace(score=min(0.95, 0.5 + self.asked * 0.05)) for person in found]


def test_an_alert_gets_a_better_picture_twice_at_most_and_the_event_its_boxes() -> None:
    room = Room(InlineGate(Approach()))
    room.show(footage([(5, 25)], 30))
    [alert] = room.desk.alerts
    first, second = room.desk.better
    assert (first.number, second.number) == (1, 2)
    assert alert.frame is not None
    assert alert.frame.time < first.frame.time < second.frame.time
    assert room.desk.jobs.index(alert) < room.desk.jobs.index(first)
    assert {job.event.id for job in (first, second)} == {alert.event.id}
    assert room.desk.updates[-1].event.boxes == tuple(tuple(box) for box in second.boxes)
    assert room.desk.updates[-1].event.person_score == pytest.approx(0.95, abs=0.1)


def test_a_visit_too_short_for_a_better_picture_gets_it_at_its_end() -> None:
    room = Room(InlineGate(Approach()))
    room.show(footage([(5, 6.5)], 7))
    assert room.desk.better == []
    room.loop.finish("over")
    [better] = room.desk.better
    assert better.event.end_reason == "clip over"


def test_nothing_of_a_disarmed_camera_is_kept() -> None:
    room = Room()
    room.orders = DISARMED
    room.show(footage([(5, 12)], 20))
    assert room.desk.jobs == []
    assert room.desk.kept == []
    assert room.desk.samples == []


def test_disarming_in_the_middle_ends_the_event_with_the_next_frame() -> None:
    room = Room()
    frames = list(footage([(5, 30)], 30))
    room.show(frames[:100])
    assert room.loop.status.event_id is not None
    room.orders = DISARMED
    room.show(frames[100:101])
    assert room.desk.updates[-1].event.end_reason == "disarmed"
    assert room.loop.status.event_id is None


def test_arming_takes_effect_with_the_next_frame_even_amid_motion() -> None:
    room = Room()
    frames = list(footage([(5, 30)], 30))
    room.orders = DISARMED
    room.show(frames[:100])
    room.orders = ARMED
    room.show(frames[100:110])
    assert len(room.desk.alerts) == 1
    assert room.desk.alerts[0].event.started >= START + 10


def test_a_muted_event_is_recorded_and_says_why_it_was_not_announced() -> None:
    room = Room()
    room.orders = Orders(ARMED.watch, Mute(False, "U1", None), None, None)
    room.show(footage([(5, 12)], 20))
    [alert] = room.desk.alerts
    assert not alert.event.announced
    assert "U1" in alert.event.muted_why


def test_without_a_model_each_event_says_so() -> None:
    room = Room(NoGate("There is no person model"))
    room.show(footage([(5, 12)], 20))
    [alert] = room.desk.alerts
    assert alert.event.person_score is None
    assert alert.event.person_model is None
    assert alert.event.person_problem == "There is no person model"
    assert alert.boxes  # what moved


def test_without_training_no_frame_is_kept() -> None:
    room = Room(training={"enabled": False})
    room.show(footage([(5, 12)], 20))
    [alert] = room.desk.alerts
    assert not alert.training
    assert room.desk.samples == []


def test_the_end_of_a_clip_ends_the_event() -> None:
    room = Room()
    room.show(footage([(5, 12)], 10))
    room.loop.finish("over")
    assert room.desk.updates[-1].event.end_reason == "clip over"
    assert room.loop.status.event_id is None


def test_quiet_samples_come_when_due_and_only_when_nothing_moves() -> None:
    room = Room(training={"quiet_every_minutes": 0.5})
    room.show(footage([(25, 40)], 130))
    taken = [job.frames[-1].epoch - START for job in room.desk.samples if job.reason == "quiet"]
    assert len(taken) == 3
    assert taken[0] > 40
    quiet = [job for job in room.desk.samples if job.reason == "quiet"]
    assert all(not kept.motion.moving for job in quiet for kept in job.frames)


def test_settings_in_a_sample_hold_no_password() -> None:
    room = Room()
    room.show(footage([(5, 12)], 20))
    [sample] = room.desk.samples
    assert "secret" not in str(sample.settings)
    assert sample.settings["trigger"]["window_frames"] == 30


def test_the_last_picture_is_kept_once_in_a_while() -> None:
    room = Room(storage={"last_image_seconds": 10})
    room.show(footage([], 35))
    assert len(room.desk.kept) == 4


def picture(at: float, id_: str = "a") -> Orders:
    return Orders(DISARMED.watch, None, None, Picture(by="U1", at=at, id=id_, channel="C1"))


def test_a_picture_is_answered_once_with_the_next_frame_armed_or_not() -> None:
    room = Room()
    room.orders = picture(START)
    room.show(footage([], 2))
    [job] = room.desk.pictures
    assert (job.channel, job.taken) == ("C1", START)
    assert job.frame is not None
    job.answered()
    assert room.answered == ["a"]
    room.orders = picture(START, "b")
    room.show(footage([], 1))
    assert len(room.desk.pictures) == 2


def test_a_request_from_long_ago_is_not_answered() -> None:
    room = Room()
    room.orders = picture(START - PICTURE_EXPIRES_SECONDS - 1)
    room.show(footage([], 2))
    assert room.desk.pictures == []


def test_when_no_frame_comes_the_kept_picture_is_sent_after_a_while() -> None:
    room = Room()
    room.show(footage([], 1))
    room.orders = picture(room.now)
    room.loop.idle()
    assert room.desk.pictures == []
    room.now += PICTURE_PATIENCE_SECONDS + 1
    room.loop.idle()
    [job] = room.desk.pictures
    assert job.frame is None


def test_the_loop_goes_round_with_frames_and_without() -> None:
    room = Room()
    room.show(footage([], 1))
    room.loop.idle()
    assert (room.loop.status.passes, room.loop.status.frames) == (11, 10)
    assert room.loop.status.last_frame_at == pytest.approx(START + 0.9)


def test_a_model_that_hangs_does_not_stop_a_single_frame() -> None:
    detector = Portrait(hold=True)
    gate = ThreadedGate(lambda: detector)
    gate.start()
    room = Room(gate)
    shown = threading.Event()

    def play() -> None:
        room.show(footage([(2, 60)], 60))
        shown.set()

    threading.Thread(target=play, daemon=True).start()
    eventually(shown.is_set, "all frames are seen although the model never answers")
    assert room.loop.status.frames == 600
    assert room.desk.alerts  # motion decided alone, once the model counted as absent
    assert "not answered" in room.desk.alerts[0].event.person_problem
    detector.release.set()
    gate.close()


def test_a_late_answer_still_makes_an_alert_with_the_frame_it_was_about() -> None:
    detector = Portrait(hold=True)
    gate = ThreadedGate(lambda: detector)
    gate.start()
    room = Room(gate)
    frames = list(footage([(2, 4)], 12))
    room.show(frames[:22])
    eventually(lambda: detector.asked == 1, "the model is asked about the first moving frame")
    room.show(frames[22:60])
    assert room.desk.alerts == []
    detector.release.set()
    eventually(lambda: gate._answers, "the model has answered")
    room.show(frames[60:62])
    [alert] = room.desk.alerts
    assert alert.frame is not None
    assert START + 2 <= alert.frame.time <= START + 2.2
    gate.close()
