"""An event's signals: finite whatever the frames say, and each what its name says."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.store.samples import FrameFacts
from app.vision.signals import NAMES, best_score, signals

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC).timestamp()

boxes = st.tuples(st.integers(-50, 700), st.integers(-50, 500), st.integers(0, 900), st.integers(0, 900))
frames = st.lists(
    st.builds(
        FrameFacts,
        time=st.floats(0, 4e9),
        moving=st.booleans(),
        area_percent=st.floats(0, 100),
        boxes=st.lists(boxes, max_size=4).map(tuple),
        person_score=st.none() | st.floats(0, 1),
        person_boxes=st.lists(boxes, max_size=4).map(tuple),
    ),
    max_size=40,
)


def frame(
    index: int,
    score: float | None = None,
    box: tuple[int, int, int, int] | None = None,
    *,
    moving: bool = True,
    area: float = 2.0,
    moved: tuple[tuple[int, int, int, int], ...] = ((0, 0, 64, 48),),
) -> FrameFacts:
    return FrameFacts(
        time=NOON + index / 10,
        moving=moving,
        area_percent=area,
        boxes=moved if moving else (),
        person_score=score,
        person_boxes=() if box is None else (box,),
    )


def named(*facts: FrameFacts) -> dict[str, float]:
    values = signals(facts, (640, 480), UTC)
    assert values is not None
    return dict(zip(NAMES, values, strict=True))


@given(frames)
def test_signals_are_finite_numbers_one_a_name_or_none_at_all(facts: list[FrameFacts]) -> None:
    values = signals(facts, (640, 480), UTC)
    seen = any(one.person_score and one.person_boxes for one in facts)
    assert (values is not None) == seen
    if values is not None:
        assert len(values) == len(NAMES)
        assert all(map(math.isfinite, values))


def test_where_nobody_was_seen_or_nobody_asked_there_is_nothing_to_weigh() -> None:
    assert signals([frame(0), frame(1)], (640, 480)) is None
    assert signals([frame(0, 0.0)], (640, 480)) is None
    assert signals([], (640, 480)) is None
    assert signals([frame(0, 0.7, (1, 1, 9, 9))], (0, 480)) is None
    assert best_score([frame(0), frame(1)]) is None
    assert best_score([frame(0, 0.0), frame(1, 0.4), frame(2)]) == 0.4


def test_looks_with_nobody_lower_the_mean_and_the_share() -> None:
    box = (100, 100, 40, 120)
    found = named(frame(0, 0.6, box), frame(1), frame(2, 0.0), frame(3, 0.6, box), frame(4, 0.0))
    assert found["score_mean"] == pytest.approx(0.3)
    assert found["share_with_somebody"] == 0.5
    assert found["looks_with_somebody"] == pytest.approx(math.log(3))
    assert found["score_best"] == pytest.approx(math.log(0.6 / 0.4))


def test_size_and_place_are_those_of_the_best_look_in_fractions_of_the_frame() -> None:
    found = named(frame(0, 0.5, (0, 0, 10, 10)), frame(1, 0.8, (320, 240, 64, 192)))
    assert found["height"] == pytest.approx(math.log(192 / 480))
    assert found["shape"] == pytest.approx(math.log(3))
    assert (found["across"], found["down"]) == (pytest.approx(0.55), pytest.approx(0.9))
    assert found["off_centre"] == pytest.approx(0.1)


def test_who_walks_travels_and_what_stands_does_not() -> None:
    still = named(*(frame(i, 0.5, (100, 100, 64, 96), moved=((100, 100, 64, 96),)) for i in range(3)))
    assert (still["travel"], still["motion_travel"]) == (0, 0)
    going = named(*(frame(i, 0.5, (64 * i, 96, 64, 96), moved=((0, 48 * i, 64, 48),)) for i in range(3)))
    assert (going["travel"], going["motion_travel"]) == (pytest.approx(0.2), pytest.approx(0.2))


def test_motion_counts_its_area_its_frames_and_its_parts() -> None:
    two = ((0, 0, 10, 10), (50, 50, 10, 10))
    found = named(frame(0, 0.5, (0, 0, 9, 9), area=3, moved=two), frame(1, moving=False, area=0))
    assert found["motion_area"] == pytest.approx(math.log(3))
    assert found["motion_share"] == 0.5
    assert found["motion_parts"] == pytest.approx(math.log(3))


@pytest.mark.parametrize(("ahead", "sine", "cosine"), [(0, 0, -1), (6, -1, 0), (-6, 1, 0), (12, 0, 1)])
def test_the_hour_is_the_houses_own(ahead: int, sine: float, cosine: float) -> None:
    values = signals([frame(0, 0.5, (0, 0, 9, 9))], (640, 480), timezone(timedelta(hours=ahead)))
    assert values is not None
    assert dict(zip(NAMES, values, strict=True))["hour_sin"] == pytest.approx(sine, abs=1e-9)
    assert dict(zip(NAMES, values, strict=True))["hour_cos"] == pytest.approx(cosine, abs=1e-9)
