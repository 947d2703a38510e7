"""Whatever an address asks for, there is a list, and its own address asks for the same again."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.state.entries import Filters
from app.web.dashboard.listing import NAMES, asked
from tests.web.dashboard.conftest import NOW

PARIS = ZoneInfo("Europe/Paris")


def test_a_day_is_the_houses_from_midnight_to_midnight() -> None:
    filters = asked({"day": "2026-10-25"}, NOW, PARIS).filters  # the clocks are set back
    assert filters.since is not None
    assert filters.until is not None
    assert filters.until - filters.since == 25 * 3600


def test_every_filter_is_understood() -> None:
    query = {"camera": "front", "label": "dog", "tag": "none", "score": "60", "kept": "yes", "clip": "yes"}
    wanted = asked(query, NOW, PARIS)
    assert wanted.filters == Filters(
        camera="front", label="dog", tag="none", min_score=0.6, kept=True, clip=True
    )
    assert wanted.mistake == ""


@pytest.mark.parametrize("cursor", ["x", "20261120T140301-front", "../../etc"])
def test_a_cursor_that_is_none_gives_the_first_page_and_says_so(cursor: str) -> None:
    wanted = asked({"before": cursor}, NOW, PARIS)
    assert wanted.before is None
    assert "first" in wanted.mistake


@given(st.dictionaries(st.sampled_from([*NAMES, "before", "other"]), st.text(max_size=100)))
def test_whatever_is_asked_for_there_is_an_answer(query: dict[str, str]) -> None:
    wanted = asked(query, NOW, PARIS)
    again = asked(dict(parse_qsl(urlsplit(wanted.address()).query)), NOW, PARIS)
    assert again.filters == wanted.filters
    assert wanted.mistake or not query.get("day", "").strip() or wanted.filters.since is not None
