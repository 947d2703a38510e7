"""The closed forms against scipy's exact distributions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.learning.report_intervals import difference, poisson, wilson

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


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    # R. G. Newcombe 1998, Statistics in Medicine 17:873, table II, method 10
    [
        ((56, 70), (48, 80), (0.0524, 0.3339)),
        ((9, 10), (3, 10), (0.1705, 0.8090)),
        ((10, 10), (0, 20), (0.6791, 1.0)),
        ((5, 56), (0, 29), (-0.0381, 0.1926)),
    ],
)
def test_the_difference_of_two_shares_is_as_newcombe_printed_it(
    first: tuple[int, int], second: tuple[int, int], expected: tuple[float, float]
) -> None:
    found = difference(*first, *second)
    assert found == pytest.approx(expected, abs=5e-4)


@given(st.integers(1, 300), st.integers(1, 300), st.data())
def test_a_difference_turned_round_is_its_negative(of: int, others: int, data: st.DataObject) -> None:
    hits, other = data.draw(st.integers(0, of)), data.draw(st.integers(0, others))
    found, turned = difference(hits, of, other, others), difference(other, others, hits, of)
    assert found is not None
    assert turned is not None
    assert (found.low, found.high) == pytest.approx((-turned.high, -turned.low))
    assert -1 - 1e-9 <= found.low <= hits / of - other / others <= found.high <= 1 + 1e-9


def test_of_nothing_there_is_no_difference() -> None:
    assert difference(1, 2, 0, 0) is None
    assert difference(0, 0, 1, 2) is None
