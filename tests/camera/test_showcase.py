"""Which frame of an event its alert shows."""

from __future__ import annotations

from app.camera.showcase import DUE_SECONDS, MAX_BETTER, Showcase
from app.domain import Box
from app.media.frame import Frame
from app.vision.motion import Motion
from app.vision.pipeline import Evidence, Outcome
from tests.camera.parts import picture

SLEEVE, MIDDLE, WIDE = Box(0, 60, 20, 140), Box(130, 60, 50, 140), Box(100, 40, 120, 180)
FIRST, SECOND = DUE_SECONDS


def frame(time: float) -> Frame:
    return Frame(bgr=picture(None), luma=None, time=time, media_time=time, index=0)


def seen(time: float, score: float) -> Outcome:
    """The best so far scores so much."""
    return Outcome(frame(time), time, Motion(), evidence=Evidence(frame(time), (MIDDLE,), score))


def moved(time: float, *boxes: Box) -> Outcome:
    """Nobody was asked."""
    shown = Evidence(frame(0), (SLEEVE,), None)
    return Outcome(frame(time), time, Motion(moving=bool(boxes), boxes=boxes), evidence=shown)


def scored(score: float | None = 0.5, box: Box = SLEEVE) -> Showcase:
    return Showcase(Evidence(frame(0), (box,), score), 0.0)


def test_a_clearly_better_score_is_shown_when_its_time_has_come_and_not_before() -> None:
    case = scored()
    assert case.look(seen(0.5, 0.7)) is None
    better = case.look(seen(FIRST, 0.8))
    assert better is not None
    assert better.score == 0.8


def test_the_best_of_the_first_seconds_counts_and_not_the_last() -> None:
    case = scored()
    case.look(seen(0.5, 0.9))
    better = case.look(seen(FIRST, 0.7))
    assert better is not None
    assert better.frame.time == 0.5


def test_a_little_better_is_not_worth_it() -> None:
    case = scored()
    assert case.look(seen(FIRST + 1, 0.59)) is None
    assert case.last() is None


def test_once_due_it_comes_as_soon_as_it_is_there() -> None:
    case = scored()
    assert case.look(seen(FIRST + 1, 0.55)) is None
    assert case.look(seen(FIRST + 1.5, 0.65)) is not None


def test_twice_at_most() -> None:
    case = scored(0.1)
    shown = [better for step in range(300) if (better := case.look(seen(step / 10, 0.1 + step / 400)))]
    assert len(shown) == MAX_BETTER == case.count
    assert shown[1].frame.time >= SECOND
    assert case.last() is None


def test_at_the_end_of_a_short_event_the_best_is_shown_though_it_was_not_due() -> None:
    case = scored()
    case.look(seen(0.5, 0.9))
    better = case.last()
    assert better is not None
    assert better.score == 0.9
    assert case.last() is None


def test_without_a_model_a_sleeve_at_the_edge_gives_way_to_what_is_wholly_inside() -> None:
    case = scored(None)
    case.look(moved(0.3, MIDDLE))
    case.look(moved(0.6, SLEEVE))
    better = case.look(moved(FIRST))
    assert better is not None
    assert (better.boxes, better.score) == ((MIDDLE,), None)


def test_without_a_model_what_is_inside_already_gives_way_only_to_clearly_more() -> None:
    case = scored(None, MIDDLE)
    assert case.look(moved(FIRST, MIDDLE._replace(w=60))) is None
    assert case.look(moved(FIRST + 1, WIDE)) is not None


def test_more_motion_that_goes_on_outside_the_frame_is_not_better() -> None:
    case = scored(None, MIDDLE)
    assert case.look(moved(FIRST, Box(0, 0, 320, 240))) is None


def test_a_person_found_later_is_better_than_motion() -> None:
    case = scored(None, WIDE)
    better = case.look(seen(FIRST, 0.4))
    assert better is not None
    assert better.score == 0.4


def test_a_person_takes_the_place_of_the_dog_whatever_the_scores() -> None:
    showcase = Showcase(Evidence(frame(0), (MIDDLE,), 0.9, "dog"), 0.0)
    better = showcase.look(seen(3, 0.4))
    assert better is not None
    assert better.label == "person"
