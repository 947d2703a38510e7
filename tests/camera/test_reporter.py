"""Facts at once when they change; a heartbeat only as long as the loop goes round."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import fakeredis
import pytest

from app.camera.reporter import FROZEN_SECONDS, Report, Reporter
from app.state.facts import HEARTBEAT_SECONDS, Fact
from app.state.heartbeat import Pulse
from app.state.snapshot import read_snapshot

REPORT = Report(
    passes=1,
    frames=10,
    attempts=0,
    last_frame_at=5.0,
    source_state="running",
    reason="",
    watching=True,
    watching_why="U1 armed it",
    person_model="m.onnx",
    person_problem="",
    event_id=None,
    problem="",
)


@dataclass
class Beats:
    """A pulse that only counts."""

    beats: list[bool] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    progress: list[bool] = field(default_factory=list)
    goodbyes: int = 0

    def beat(
        self, facts: dict[str, Fact], *, problem: str = "", at_once: bool = False, progress: bool = True
    ) -> None:
        self.beats.append(at_once)
        self.problems.append(problem)
        self.progress.append(progress)

    def goodbye(self) -> None:
        self.goodbyes += 1


class Desk:
    def __init__(self) -> None:
        self.pulse, self.report, self.now = Beats(), REPORT, time.monotonic()
        self.reporter = Reporter(self.pulse, "front", lambda: self.report)  # type: ignore[arg-type]

    def step(self, seconds: float = 0.25, **changes: object) -> None:
        self.now += seconds
        self.report = self.report._replace(**changes)
        self.reporter.step(self.now)


def test_a_change_is_told_at_once_and_the_count_of_frames_is_none() -> None:
    desk = Desk()
    desk.step()
    desk.step(passes=2, frames=12, last_frame_at=6.0)
    desk.step(passes=3, watching=False)
    desk.step(passes=4, event_id="e")
    desk.step(passes=5, source_state="lost", reason="no route")
    desk.step(passes=6, problem="the disk is full")
    assert desk.pulse.beats == [True, False, True, True, True, True]
    assert desk.pulse.problems[-1] == "the disk is full"


def test_a_loop_that_hangs_falls_silent_and_one_that_goes_on_is_heard_again() -> None:
    desk = Desk()
    desk.step()
    desk.step(FROZEN_SECONDS - 1)
    assert len(desk.pulse.beats) == 2
    desk.step(2)
    desk.step(100, watching=False)
    assert len(desk.pulse.beats) == 2
    desk.step(passes=2)
    assert len(desk.pulse.beats) == 3


def test_a_loop_without_frames_is_alive() -> None:
    desk = Desk()
    for number in range(50):
        desk.step(5, passes=number + 2, source_state="lost")
    assert len(desk.pulse.beats) == 50


def test_progress_is_a_frame_or_an_attempt_that_came_to_an_end() -> None:
    desk = Desk()
    desk.step(frames=1, passes=2)
    desk.step(frames=2, passes=3)
    desk.step(passes=4)  # the loop goes round, the camera hangs
    desk.step(passes=5, attempts=1, source_state="lost")
    desk.step(passes=6)
    desk.step(passes=7, frames=3)
    assert desk.pulse.progress == [True, True, False, True, False, True]


def test_a_camera_that_is_let_go_of_has_nothing_to_get_done() -> None:
    desk = Desk()
    for number in range(5):
        desk.step(passes=number + 2, source_state="released")
    assert desk.pulse.progress == [True] * 5


@pytest.mark.parametrize("goodbye", [True, False])
def test_only_a_process_that_ends_as_it_should_says_goodbye(goodbye: bool) -> None:
    desk = Desk()
    desk.reporter.start()
    desk.reporter.close(goodbye=goodbye)
    assert desk.pulse.goodbyes == goodbye


def test_what_is_told_can_be_read_by_a_command() -> None:
    client = fakeredis.FakeRedis(decode_responses=True)
    report = REPORT
    reporter = Reporter(Pulse(client, "camera:front"), "front", lambda: report)
    start = time.monotonic()
    reporter.step(start)
    report = REPORT._replace(frames=60, passes=2, person_problem="none")
    reporter.step(start + HEARTBEAT_SECONDS + 1)
    facts = read_snapshot(client).facts
    fact = facts.camera["front"]
    assert (fact.source_state, fact.watching, fact.person_model) == ("running", True, "m.onnx")
    assert fact.fps == pytest.approx(10, abs=1)
    assert facts.process["camera:front"].problem == ""
