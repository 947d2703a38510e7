from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.media.backoff import Backoff


def test_the_delay_doubles_up_to_the_longest_and_starts_over_after_a_reset() -> None:
    backoff = Backoff(rand=lambda: 0.5)
    assert [backoff.next() for _ in range(7)] == [1, 2, 4, 8, 16, 30, 30]
    backoff.reset()
    assert backoff.next() == 1


@given(st.floats(0, 1, exclude_max=True))
def test_chance_moves_a_delay_by_a_fifth_at_most(chance: float) -> None:
    backoff = Backoff(first=10, longest=10, rand=lambda: chance)
    assert 8 <= backoff.next() <= 12


def test_two_cameras_lost_together_are_not_tried_in_step() -> None:
    one, other = Backoff(), Backoff()
    assert [one.next() for _ in range(5)] != [other.next() for _ in range(5)]
