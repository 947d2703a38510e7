"""What was learned, in the camera: it judges what learning will read back, only quietens, and takes it back in time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.camera.jobs import AlertJob, PostJob, UpdateJob
from app.camera.loop import CameraLoop
from app.camera.orders import Orders
from app.camera.sample import SampleJob, render
from app.camera.second_stage import HELD, SecondStage
from app.domain import Box, Detection
from app.media.frame import Frame
from app.rules import Mute, Verdict
from app.settings.schema import CameraSettings, Settings
from app.store.learned import Learned
from app.store.samples import SampleStore
from app.vision.gate import Gate, InlineGate, NoGate
from app.vision.pipeline import pipeline_for
from app.vision.quieten import Fit
from app.vision.signals import NAMES, signals
from tests.camera.parts import START, Portrait, footage

CAMERA = CameraSettings(name="front", source="rtsp://camera/1")
ARMED = Orders(Verdict(True, "U1 armed it"), None, None, None)
MUTED = Orders(Verdict(True, "U1 armed it"), Mute(False, "U1", None), None, None)
ZEROS = (0.0,) * len(NAMES)


class Doubtful(Portrait):
    """Scores by the number of the look."""

    def __init__(self, score: Callable[[int], float]) -> None:
        super().__init__()
        self._score = score

    def detect(self, frame: np.ndarray[Any, Any], region: Box | None = None) -> list[Detection]:
        return [person._replace(score=self._score(self.asked)) for person in super().detect(frame, region)]


def fit(**changes: Any) -> Fit:
    """One that takes everything for nothing, to 95 %."""
    plain = {
        "made": START,
        "person_model": Portrait.name,
        "names": NAMES,
        "mean": ZEROS,
        "scale": (1.0,) * len(NAMES),
        "weights": ZEROS,
        "cameras": {"front": 0.0},
        "intercept": 2.944439,
        "threshold": 0.8,
    }
    return Fit.model_validate(plain | changes)


class Watch:
    """A camera's loop with a fit in its data folder; what it hands over is kept."""

    def __init__(
        self, data: Path, gate: Gate | Callable[[int], float], made: Fit | str | None = None, **settings: Any
    ) -> None:
        self.jobs: list[Any] = []
        self.samples: list[SampleJob] = []
        self.submit, self.submit_sample = self.jobs.append, self.samples.append
        self.orders, self.now = ARMED, START
        self.learned = Learned(data)
        if made is not None:
            self.learned.put(made if isinstance(made, str) else made.model_dump_json())
        everything = Settings(cameras=(CAMERA,), **settings)
        self.stage = SecondStage(self.learned, everything.learning)
        self.stage.look()
        asked: Gate = InlineGate(Doubtful(gate)) if callable(gate) else gate
        self.loop = CameraLoop(
            everything,
            CAMERA,
            pipeline=pipeline_for(everything, CAMERA, asked),
            gate=asked,
            orders=lambda: self.orders,
            recorder=self,  # type: ignore[arg-type]
            picture_answered=lambda wish: None,
            second_stage=self.stage,
            epoch=lambda: self.now,
            monotonic=lambda: self.now - START,
        )

    def submit_picture(self, job: object) -> None:
        """The last picture is nothing to this test."""

    def show(self, frames: Iterable[Frame]) -> None:
        for frame in frames:
            self.now = frame.time
            self.loop.step(frame)

    @property
    def alerts(self) -> list[AlertJob]:
        return [job for job in self.jobs if isinstance(job, AlertJob)]

    @property
    def posts(self) -> list[PostJob]:
        return [job for job in self.jobs if isinstance(job, PostJob)]

    @property
    def last(self) -> Any:
        return [job.event for job in self.jobs if isinstance(job, UpdateJob | AlertJob)][-1]


def low(_: int) -> float:
    return 0.5


def visit() -> Iterable[Frame]:
    return footage([(5, 12)], 20)


def test_what_the_camera_judges_by_is_what_learning_reads_back(tmp_path: Path) -> None:
    """To the last bit: each signal in turn is the only one that counts, and so shows in the probability."""
    for index, name in enumerate(NAMES):
        weights = tuple(float(i == index) for i in range(len(NAMES)))
        made = fit(weights=weights, intercept=0.1)
        watch = Watch(tmp_path / name, lambda look: 0.5 + 0.01 * look, made)
        watch.show(visit())
        [alert], [job] = watch.alerts, watch.samples
        store = SampleStore(tmp_path / "samples", max_mb=500)
        store.save(*render(job))
        [sample] = [one for one in store.all() if one.record.id == alert.event.id]
        values = signals(sample.record.frames, (sample.record.width, sample.record.height))
        assert values is not None
        assert alert.event.nothing_probability == made.probability(values, sample.record.camera)
        assert sample.record.person_model == alert.event.person_model == made.person_model


def test_an_alert_that_is_probably_nothing_goes_out_and_says_so(tmp_path: Path) -> None:
    watch = Watch(tmp_path, low, fit())
    watch.show(visit())
    [alert] = watch.alerts
    assert (alert.event.announced, alert.event.quietened) == (True, True)
    assert alert.event.nothing_probability == pytest.approx(0.95)
    assert watch.last.end_reason == "quiet"
    assert watch.last.quietened
    assert watch.posts == []


def test_held_it_is_recorded_with_its_sample_but_not_announced(tmp_path: Path) -> None:
    watch = Watch(tmp_path, low, fit(), learning={"quieten": "hold"})
    watch.show(visit())
    [alert] = watch.alerts
    assert (alert.event.announced, alert.event.muted_why) == (False, HELD)
    assert len(watch.samples) == 1
    assert not watch.last.announced


@pytest.mark.parametrize("mode", ["mark", "hold"])
@pytest.mark.parametrize("score", [0.6, 0.9])
def test_what_was_seen_well_is_an_alert_whatever_was_learned(tmp_path: Path, mode: str, score: float) -> None:
    watch = Watch(tmp_path, lambda _: score, fit(), learning={"quieten": mode})
    watch.show(visit())
    [alert] = watch.alerts
    assert (alert.event.announced, alert.event.quietened, alert.event.muted_why) == (True, False, "")
    assert alert.event.nothing_probability == pytest.approx(0.95)


def test_without_a_person_model_motion_alerts_as_ever(tmp_path: Path) -> None:
    watch = Watch(tmp_path, NoGate("none is there"), fit(), learning={"quieten": "hold"})
    watch.show(visit())
    [alert] = watch.alerts
    assert (alert.event.announced, alert.event.quietened, alert.event.nothing_probability) == (
        True,
        False,
        None,
    )


@pytest.mark.parametrize("changes", [{"person_model": "other.onnx"}, {"cameras": {"garden": 0.0}}])
def test_what_was_learned_of_another_model_or_camera_counts_for_nothing(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    watch = Watch(tmp_path, low, fit(**changes))
    watch.show(visit())
    assert watch.alerts[0].event.nothing_probability is None
    assert not watch.alerts[0].event.quietened


def later(look: int) -> float:
    """Nobody can tell at first; then somebody turns round."""
    return 0.5 if look < 6 else 0.65


def test_marked_and_then_seen_well_the_message_changes_and_a_bell_rings_once(tmp_path: Path) -> None:
    watch = Watch(tmp_path, later, fit())
    watch.show(visit())
    [alert], [post] = watch.alerts, watch.posts
    assert alert.event.quietened
    assert "Not nothing after all: person at *front*" in post.text
    assert (watch.last.announced, watch.last.quietened) == (True, False)


def test_held_and_then_seen_well_it_is_announced_late_with_the_better_picture(tmp_path: Path) -> None:
    watch = Watch(tmp_path, later, fit(), learning={"quieten": "hold"})
    watch.show(visit())
    held, alert = watch.alerts
    assert (held.event.announced, alert.event.announced) == (False, True)
    assert (held.event.id, alert.event.muted_why) == (alert.event.id, "")
    assert alert.frame is not None
    assert held.frame is not None
    assert alert.frame.time > held.frame.time
    assert watch.posts == []
    assert watch.last.announced


def test_who_switched_notifications_off_gets_none_through_this_either(tmp_path: Path) -> None:
    for mode in ("mark", "hold"):
        watch = Watch(tmp_path, later, fit(), learning={"quieten": mode})
        watch.orders = MUTED
        watch.show(visit())
        assert [alert.event.announced for alert in watch.alerts] == [False]
        assert watch.posts == []
        assert watch.last.muted_why == "U1 switched notifications off"


def test_without_samples_there_is_nothing_to_judge_by(tmp_path: Path) -> None:
    watch = Watch(tmp_path, low, fit(), training={"enabled": False})
    watch.show(visit())
    assert watch.alerts[0].event.nothing_probability is None
    assert watch.alerts[0].event.announced


@pytest.mark.parametrize("text", ["", "{}", "not json", "\x00"])
def test_a_broken_file_is_said_once_and_everything_goes_on_without_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    watch = Watch(tmp_path, low, text)
    watch.stage.look()
    watch.show(visit())
    assert caplog.text.count("what pycam learned cannot be used") == 1
    assert watch.alerts[0].event.nothing_probability is None


def test_what_is_no_text_and_what_cannot_be_read_are_no_fits_either(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "learned.json").write_bytes(b"\xff\xfe\x00")
    Watch(tmp_path, low)
    assert "is no fit for this pycam" in caplog.text
    (tmp_path / "learned.json").unlink()
    (tmp_path / "learned.json").mkdir()
    caplog.clear()
    watch = Watch(tmp_path, low)
    assert "cannot be used" in caplog.text
    (tmp_path / "learned.json").rmdir()
    watch.learned.put(fit().model_dump_json())
    watch.stage.look()
    watch.show(visit())
    assert watch.alerts[0].event.quietened


def test_what_is_learned_and_undone_takes_effect_without_a_restart(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    watch = Watch(tmp_path, low)
    watch.show(footage([(5, 8)], 14))
    watch.learned.put(fit(told={"people": 20, "false_alarms": 40}).model_dump_json())
    watch.stage.look()
    watch.show(footage([(5, 8)], 14, START + 100))
    watch.learned.undo()
    watch.stage.look()
    watch.show(footage([(5, 8)], 14, START + 200))
    assert [alert.event.quietened for alert in watch.alerts] == [False, True, False]
    assert "nothing to 80% are quietened, going by 60 tags" in caplog.text
    assert "nothing is learned any more" in caplog.text
