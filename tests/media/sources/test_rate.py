from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.media.sources.rate import RateCap


def kept(cap: RateCap, arrivals: list[float]) -> list[float]:
    taken = []
    for now in arrivals:
        if cap.due(now):
            cap.take(now)
            taken.append(now)
    return taken


@pytest.mark.parametrize("camera_fps", [30, 25, 15, 12, 10])
def test_a_faster_camera_is_thinned_to_the_cap_and_an_equal_one_is_not(camera_fps: int) -> None:
    arrivals = [index / camera_fps for index in range(10 * camera_fps)]
    assert 90 <= len(kept(RateCap(10), arrivals)) <= 101


def test_a_slower_camera_loses_nothing() -> None:
    arrivals = [index / 5 for index in range(50)]
    assert kept(RateCap(10), arrivals) == arrivals


@given(jitter=st.lists(st.floats(-0.02, 0.02), min_size=20, max_size=200))
def test_a_camera_at_the_cap_that_jitters_by_a_fifth_of_a_period_loses_nothing(jitter: list[float]) -> None:
    arrivals = [index / 10 + late for index, late in enumerate([0.0, *jitter])]
    assert kept(RateCap(10), arrivals) == arrivals


@given(gaps=st.lists(st.floats(0, 2), min_size=1, max_size=300), fps=st.floats(0.5, 60))
def test_over_any_stretch_there_are_never_more_than_the_cap_allows(gaps: list[float], fps: float) -> None:
    now, arrivals = 0.0, []
    for gap in gaps:
        now += gap
        arrivals.append(now)
    taken = kept(RateCap(fps), arrivals)
    for start in range(0, len(taken), 7):
        for end in range(start, len(taken), 7):
            assert end - start + 1 <= (taken[end] - taken[start]) * fps + 2


@pytest.mark.parametrize("fps", [0, -1])
def test_a_rate_that_lets_nothing_through_is_refused(fps: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        RateCap(fps)
