"""What tuning and learning would gain is said only where it is known, and never holds the message up."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.domain import Box, Detection, Tag, new_event_id
from app.learning.digest_gains import learning_gain, tuning_gain
from app.learning.learn import Learned as learned
from app.learning.tune import LEAST_TAGS, Tuned
from app.learning.tune_knobs import Knobs
from app.learning.tune_search import HeldOut
from app.media.frame import Frame
from app.settings import Settings
from app.slack.digest_facts import Gain, Verdict
from app.store.events import TagRecord
from app.store.learned import Learned
from app.store.samples import FrameFacts, Sample, SampleRecord
from app.store.tuning import Tuning
from app.vision.gate import InlineGate, Look
from app.vision.quieten import Fit
from app.vision.signals import NAMES
from tests.camera.parts import Portrait

TAG = TagRecord(tag=Tag.UNOCCUPIED, by="U1", at=0)


def sample(at: float, tag: TagRecord | None = TAG) -> Sample:
    frame = FrameFacts(time=at, moving=True, area_percent=5)
    record = SampleRecord(
        id=new_event_id("front", at),
        camera="front",
        taken=at,
        reason="alert",
        width=640,
        height=480,
        motion_vote=True,
        person_model=None,
        min_score=None,
        frames=[frame],
        settings={},
    )
    return Sample(record=record, tag=tag, pictures=[])


START = Knobs(min_area_percent=0.4, min_score=0.5, threshold_levels=5, min_moving_frames=3, confirm_below=0.5)

ENOUGH = [sample(1000.0 * number) for number in range(LEAST_TAGS)]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.model_validate({"storage": {"data": tmp_path}})


def answer(**changes: object) -> Tuned:
    start = START
    facts: dict[str, object] = {
        "start": start,
        "before": Counter(),
        "false_alarms": 11,
        "people": 30,
        "days": 9,
        "left_out": Counter(),
    }
    return Tuned(**(facts | changes))  # type: ignore[arg-type]


def test_what_is_promised_is_what_held_on_days_it_had_not_seen(settings: Settings) -> None:
    found = answer(
        knobs=replace(START, min_area_percent=0.8),
        gone=6,
        unseen=HeldOut(gone=3, false_alarms=11, lost=0, people=30, days=9),
    )
    assert tuning_gain(settings, ENOUGH, tune=lambda _: found) == Gain(Verdict.SPARES, gone=3, of=11)


def test_where_nothing_is_gained_it_says_why(settings: Settings) -> None:
    found = answer(why="there is little to gain")
    assert tuning_gain(settings, ENOUGH, tune=lambda _: found).why == "there is little to gain"


def test_with_few_tags_nothing_is_tried(settings: Settings) -> None:
    untagged = [sample(1e6 + number, tag=None) for number in range(100)]

    def never(_: Settings) -> Tuned:
        raise AssertionError("it was tried")

    gain = tuning_gain(settings, [*ENOUGH[1:], *untagged], tune=never)
    assert gain.verdict is Verdict.NOTHING
    assert f"{LEAST_TAGS - 1} of the alerts" in gain.why


def test_who_tunes_just_then_is_not_disturbed(settings: Settings) -> None:
    with Tuning(settings.storage.data).alone():
        assert tuning_gain(settings, ENOUGH, tune=lambda _: answer()).verdict is Verdict.BUSY


def test_a_fault_of_tuning_costs_its_line_and_not_the_message(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: Settings) -> Tuned:
        raise ZeroDivisionError("a fault")

    assert tuning_gain(settings, ENOUGH, tune=broken).verdict is Verdict.FAILED
    assert "a fault" in caplog.text


def test_tuning_that_takes_too_long_is_given_up_and_the_next_may_begin(settings: Settings) -> None:
    def endless(_: Settings) -> Tuned:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            pass
        raise AssertionError("nobody stopped it")

    assert tuning_gain(settings, ENOUGH, tune=endless, seconds=0.05).verdict is Verdict.SLOW
    assert tuning_gain(settings, ENOUGH, tune=lambda _: answer(why="x")).verdict is Verdict.NOTHING


def test_a_person_model_at_work_when_the_time_is_up_does_not_use_up_the_alarm(settings: Settings) -> None:
    """The gate lives through whatever its model raises."""

    class Slow(Portrait):
        def detect(self, frame: np.ndarray[Any, Any], region: Box | None = None) -> list[Detection]:
            end = time.monotonic() + 60
            while time.monotonic() < end:
                pass
            return []

    def looking(_: Settings) -> Tuned:
        InlineGate(Slow()).ask(Look(Frame(np.zeros((48, 64, 3), np.uint8), None, 0, 0, 0), 0))
        raise AssertionError("it went on")

    assert tuning_gain(settings, ENOUGH, tune=looking, seconds=0.05).verdict is Verdict.SLOW


def test_of_learning_nothing_is_said_with_few_tags_or_once_it_is_in_force(settings: Settings) -> None:
    assert learning_gain(settings, ENOUGH, 1e6) is None
    Learned(settings.storage.data).put("{}")
    assert learning_gain(settings, ENOUGH, 1e6) is None


def test_what_learning_would_quieten_is_what_it_did_on_days_it_had_not_seen(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit = Fit(
        made=0,
        person_model="m",
        names=NAMES,
        mean=(0,) * len(NAMES),
        scale=(1,) * len(NAMES),
        weights=(0,) * len(NAMES),
        cameras={"front": 0},
        intercept=0,
        threshold=0.9,
    )
    found = learned(people=30, false_alarms=25, days=9, watched_days=9, left_out=Counter(), fit=fit, gone=4)
    monkeypatch.setattr("app.learning.digest_gains.learn", lambda *_, **__: found)
    assert learning_gain(settings, ENOUGH, 1e6) == Gain(Verdict.SPARES, gone=4, of=25)


def test_a_fault_of_learning_costs_nothing_else(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a fault")

    monkeypatch.setattr("app.learning.digest_gains.learn", broken)
    assert learning_gain(settings, ENOUGH, 1e6) is None
    assert "a fault" in caplog.text


def test_who_learns_just_then_is_not_disturbed(settings: Settings) -> None:
    with Learned(settings.storage.data).alone():
        assert learning_gain(settings, ENOUGH, 1e6) is None
