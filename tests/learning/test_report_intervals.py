"""The closed forms against scipy's exact distributions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.learning.report_intervals import poisson, wilson

stats = pytest.importorskip("scipy.stats", reason="scipy comes with scikit-image")


@given(st.integers(1, 2000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_a_share_has_wilsons_interval(counts: tuple[int, int]) -> None:
    hits, of = counts
    exact = stats.binomtest(hits, of).proportion_ci(method="wilson")
    found = wilson(hits, of)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high), abs=1e-6)
    assert 0 <= found.low <= hits / of <= found.high <= 1


def test_no_count_is_no_share() -> None:
    assert wilson(0, 0) is None
    for hits, of in ((-1, 3), (4, 3)):
        with pytest.raises(ValueError, match="no share"):
            wilson(hits, of)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 5, 10, 50, 1000])
def test_a_count_has_garwoods_interval_but_for_a_little(count: int) -> None:
    low, high = poisson(count)
    exact_low = stats.chi2.ppf(0.025, 2 * count) / 2 if count else 0.0
    assert low == pytest.approx(exact_low, rel=0.08 if count < 5 else 0.01)
    assert high == pytest.approx(stats.chi2.ppf(0.975, 2 * count + 2) / 2, rel=0.002)


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(ValueError, match="no count"):
        poisson(-1)
