"""Motion and sightings become events: one at a time, held by people, ended by their absence."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.settings.schema import TriggerSettings
from app.vision.trigger import Answer, Developed, Ended, Started, Transition, Trigger

SETTINGS = TriggerSettings()
FRAME = 0.1


class Footage:
    """Ten frames a second into a trigger; sightings are answered with the frame they are about."""

    def __init__(self, settings: TriggerSettings = SETTINGS, *, gated: bool = True) -> None:
        self.trigger, self.gated = Trigger(settings), gated
        self.frame = 0
        self.transitions: list[Transition] = []

    @property
    def time(self) -> float:
        return self.frame * FRAME

    def play(
        self, seconds: float, *, moving: bool = False, score: float | None = None, asked: bool = True
    ) -> list[Transition]:
        """The same scene for a while; the gate is asked twice a second. What came of it."""
        came: list[Transition] = []
        for _ in range(round(seconds / FRAME)):
            answers = [Answer(self.time, score, score)] if asked and self.frame % 5 == 0 else []
            came += self.show(moving, answers)
        return came

    def show(self, moving: bool, answers: list[Answer] | None = None) -> list[Transition]:
        came = self.trigger.step(
            self.time, moving=moving, area_percent=5.0 * moving, answers=answers or [], gated=self.gated
        )
        self.frame += 1
        self.transitions += came
        return came


def kinds(transitions: list[Transition]) -> list[str]:
    return [type(transition).__name__ for transition in transitions]


def test_motion_and_a_person_start_one_event() -> None:
    footage = Footage()
    footage.play(3)
    came = footage.play(1, moving=True, score=0.8)
    assert kinds(came) == ["Started"]
    assert came[0].visit.score == 0.8
    assert came[0].visit.started == pytest.approx(3.0)
    assert footage.play(10, moving=True, score=0.8) == []


def test_motion_without_a_person_starts_none() -> None:
    assert Footage().play(60, moving=True) == []


def test_a_person_without_motion_starts_none() -> None:
    assert Footage().play(60, score=0.9) == []


def test_one_frame_of_motion_is_not_enough() -> None:
    footage = Footage()
    for _ in range(50):
        assert footage.show(True, [Answer(footage.time, 0.9, 0.9)]) == []
        assert footage.play(SETTINGS.window_frames * FRAME, score=None) == []


def test_a_person_who_cannot_be_a_visitor_starts_none_but_holds_an_open_event() -> None:
    footage = Footage()
    far = [Answer(0.0, None, 0.9)]
    for _ in range(50):
        assert footage.show(True, [far[0]._replace(time=footage.time)]) == []
    assert kinds(footage.play(1, moving=True, score=0.8)) == ["Started"]
    for _ in range(100):
        assert footage.show(False, [far[0]._replace(time=footage.time)]) == []


def test_somebody_who_stands_still_keeps_the_event() -> None:
    footage = Footage()
    footage.play(2, moving=True, score=0.8)
    assert footage.play(60, moving=False, score=0.8) == []
    ended = footage.play(5)
    assert kinds(ended) == ["Ended"]
    assert ended[0].reason == "quiet"
    assert ended[0].visit.last_active == pytest.approx(61.5, abs=0.51)


def test_motion_alone_does_not_keep_an_event_when_the_gate_says_nobody() -> None:
    footage = Footage()
    footage.play(2, moving=True, score=0.8)
    ended = footage.play(10, moving=True)
    assert kinds(ended) == ["Ended"]
    assert footage.trigger.visit is None
    assert ended[0].visit.last_active <= 2 + SETTINGS.unconfirmed_seconds


def test_an_event_is_not_quiet_while_a_slow_gate_has_not_answered() -> None:
    footage = Footage()
    footage.play(2, moving=True, score=0.8)
    assert footage.play(20, moving=False, asked=False) == []
    assert footage.show(False, [Answer(footage.time - 2, 0.8, 0.8)]) == []
    assert footage.trigger.visit is not None


def test_one_look_past_somebody_is_no_absence() -> None:
    footage = Footage()
    footage.play(2, moving=True, score=0.8)
    footage.play(4, asked=False)
    assert footage.show(False, [Answer(footage.time, None, None)]) == []
    assert kinds(footage.show(False, [Answer(footage.time, None, None)])) == ["Ended"]


def test_two_visits_two_seconds_apart_are_two_events() -> None:
    footage = Footage()
    footage.play(14, moving=True, score=0.8)
    footage.play(2, moving=True)  # on the way out, hardly to be seen
    footage.play(1.2)
    footage.play(0.5, moving=True)
    footage.play(10, moving=True, score=0.9)
    assert kinds(footage.transitions) == ["Started", "Ended", "Started"]


def test_a_late_answer_counts_for_the_frame_it_is_about() -> None:
    footage = Footage()
    footage.play(1, moving=True, asked=False)
    seen = footage.time
    assert footage.play(8, asked=False) == []
    assert kinds(footage.show(False, [Answer(seen, 0.7, 0.7)])) == ["Started"]


def test_a_late_answer_from_before_a_clean_start_counts_for_nothing() -> None:
    footage = Footage()
    footage.play(1, moving=True, asked=False)
    footage.trigger.finish("disarmed")
    for _ in range(40):
        assert footage.show(True, [Answer(0.5, 0.9, 0.9)]) == []


def test_the_score_is_told_again_only_when_it_is_clearly_better() -> None:
    footage = Footage()
    footage.play(1, moving=True, score=0.5)
    assert footage.play(1, moving=True, score=0.55) == []
    better = footage.play(1, moving=True, score=0.7)
    assert kinds(better) == ["Developed"]
    assert better[0].visit.score == 0.7


def test_what_never_stops_is_cut_and_can_start_anew() -> None:
    footage = Footage(TriggerSettings(max_seconds=20))
    footage.play(45, moving=True, score=0.8)
    ends = [t for t in footage.transitions if isinstance(t, Ended)]
    assert [end.reason for end in ends] == ["cut", "cut"]
    assert [t.visit.number for t in footage.transitions if isinstance(t, Started)] == [1, 2, 3]


def test_the_cooldown_counts_from_the_alert() -> None:
    footage = Footage(TriggerSettings(cooldown_seconds=30, quiet_seconds=1))
    footage.play(1, moving=True, score=0.8)
    footage.play(5)
    assert footage.play(20, moving=True, score=0.8) == []
    started = footage.play(10, moving=True, score=0.8)
    assert kinds(started) == ["Started"]
    assert started[0].visit.decided >= 30


def test_disarming_ends_the_event_and_arming_starts_clean() -> None:
    footage = Footage()
    footage.play(1, moving=True, score=0.8)
    ended = footage.trigger.finish("disarmed")
    assert [t.reason for t in ended] == ["disarmed"]
    assert footage.trigger.finish("disarmed") == []
    assert footage.show(True) == []


def test_after_the_camera_moved_nothing_counts_until_it_has_settled() -> None:
    footage = Footage(TriggerSettings(settle_seconds=2))
    footage.trigger.settle(0.0)
    assert footage.play(2, moving=True, score=0.9) == []
    assert kinds(footage.play(1, moving=True, score=0.9)) == ["Started"]


@pytest.mark.parametrize("jump", [60.0, -1000.0], ids=["forwards", "backwards"])
def test_a_jump_of_time_ends_what_was_open_and_does_not_block_the_next(jump: float) -> None:
    footage = Footage()
    footage.play(5, moving=True, score=0.8)
    footage.frame += round(jump / FRAME)
    assert kinds(footage.show(True)) == ["Ended"]
    assert kinds(footage.play(15, moving=True, score=0.8)) == ["Started"]


def test_without_a_gate_steady_motion_decides_alone() -> None:
    footage = Footage(gated=False)
    footage.play(2)
    came = footage.play(3, moving=True, asked=False)
    assert kinds(came) == ["Started"]
    assert came[0].visit.score is None
    assert kinds(footage.play(5, asked=False)) == ["Ended"]


def test_without_a_gate_a_flicker_is_not_enough() -> None:
    footage = Footage(gated=False)
    for _ in range(100):
        assert footage.show(True) == []
        assert footage.show(False) == []


def test_a_gate_that_breaks_leaves_motion_to_hold_the_event() -> None:
    footage = Footage()
    footage.play(2, moving=True, score=0.8)
    footage.gated = False
    assert footage.play(20, moving=True, asked=False) == []
    assert kinds(footage.play(3, asked=False)) == ["Ended"]


@dataclass
class Scene:
    frames: int
    moving: bool
    score: float | None
    delay: int
    gated: bool


scenes = st.lists(
    st.builds(
        Scene,
        frames=st.integers(1, 80),
        moving=st.booleans(),
        score=st.none() | st.floats(0.3, 1.0),
        delay=st.integers(0, 40),
        gated=st.booleans(),
    ),
    max_size=12,
)
short = TriggerSettings(max_seconds=6, cooldown_seconds=3)


@given(scenes)
def test_whatever_happens_events_come_one_at_a_time_and_within_their_limits(story: list[Scene]) -> None:
    trigger, frame = Trigger(short), 0
    due: list[tuple[int, Answer]] = []
    open_, number, decided, ended_at = None, 0, float("-inf"), float("-inf")
    for scene in story:
        for _ in range(scene.frames):
            time = frame * FRAME
            if frame % 5 == 0:
                due.append((frame + scene.delay, Answer(time, scene.score, scene.score)))
            answers = [answer for when, answer in due if when == frame]
            for transition in trigger.step(
                time, moving=scene.moving, area_percent=1.0, answers=answers, gated=scene.gated
            ):
                visit = transition.visit
                match transition:
                    case Started():
                        assert open_ is None
                        assert visit.number == number + 1
                        assert visit.decided - decided >= short.cooldown_seconds - 1e-9
                        assert visit.started <= visit.decided
                        assert visit.started > ended_at - 1e-9
                        open_, number, decided = visit, visit.number, visit.decided
                    case Developed():
                        assert open_ is not None
                        assert visit.number == number
                        assert (visit.score or 0) > (open_.score or 0)
                        open_ = visit
                    case Ended(_, reason):
                        assert open_ is not None
                        assert reason in {"quiet", "cut"}
                        if reason == "quiet":
                            assert time - visit.last_active >= short.quiet_seconds - 1e-9
                        open_, ended_at = None, time
            assert (trigger.visit is None) == (open_ is None)
            if open_ is not None:
                assert time - decided < short.max_seconds
            frame += 1


@given(st.integers(0, 4), st.sampled_from([2, 3, 5, 10]))
def test_silence_and_nobody_end_an_event_in_time_whatever_the_gates_rhythm(phase: int, every: int) -> None:
    footage = Footage()
    footage.play(2, moving=True, score=0.8)
    left = footage.time
    while footage.trigger.visit is not None:
        asked = footage.frame % every == phase % every
        footage.show(False, [Answer(footage.time, None, None)] if asked else [])
        assert footage.time - left <= SETTINGS.quiet_seconds + 2 * every * FRAME + FRAME


def test_a_single_doubtful_look_starts_none() -> None:
    footage = Footage()
    footage.play(3, moving=True)
    assert footage.show(True, [Answer(footage.time, 0.4, 0.4)]) == []
    assert footage.play(10, moving=True, score=None) == []


def test_a_second_doubtful_look_in_the_window_starts_one() -> None:
    footage = Footage()
    footage.play(3, moving=True)
    assert footage.show(True, [Answer(footage.time, 0.4, 0.4)]) == []
    assert footage.play(1, moving=True) == []
    came = footage.show(True, [Answer(footage.time, 0.36, 0.36)])
    assert kinds(came) == ["Started"]
    assert came[0].visit.score == 0.4


def test_doubtful_looks_further_apart_than_the_window_start_none() -> None:
    footage = Footage()
    footage.play(3, moving=True)
    for _ in range(5):
        assert footage.show(True, [Answer(footage.time, 0.4, 0.4)]) == []
        assert footage.play(SETTINGS.window_frames * FRAME, moving=True, asked=False) == []


def test_one_look_is_enough_where_it_is_set_so() -> None:
    footage = Footage(TriggerSettings(confirm_below=0))
    footage.play(3, moving=True)
    assert kinds(footage.show(True, [Answer(footage.time, 0.34, 0.34)])) == ["Started"]


def test_without_a_gate_a_vote_of_more_frames_than_the_time_asked_for_has_is_still_reached() -> None:
    footage = Footage(TriggerSettings(min_moving_frames=15, alone_seconds=1), gated=False)
    footage.play(3)
    assert kinds(footage.play(1.5, moving=True)) == ["Started"]


# --- which frames count ---------------------------------------------------------------------------------------


def test_each_frame_counts_until_enough_have_moved_or_an_event_is_open() -> None:
    footage = Footage(TriggerSettings(min_moving_frames=5, window_frames=20))
    footage.play(3)
    footage.play(0.4, moving=True, asked=False)
    assert footage.trigger.counts_frames(gated=True)
    footage.play(0.1, moving=True, asked=False)
    assert not footage.trigger.counts_frames(gated=True)
    footage.play(1.6, asked=False)
    assert footage.trigger.counts_frames(gated=True)  # those have left the window
    footage.play(1, moving=True, score=0.8)
    assert footage.trigger.visit is not None
    assert not footage.trigger.counts_frames(gated=True)


def test_without_a_gate_each_frame_counts_until_an_event_is_open() -> None:
    footage = Footage(gated=False)
    footage.play(3)
    footage.play(0.5, moving=True)
    assert footage.trigger.counts_frames(gated=False)
    footage.play(10, moving=True)
    assert footage.trigger.visit is not None
    assert not footage.trigger.counts_frames(gated=False)
