"""The words of the product: names and ids that may become folders are narrow."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.domain import CAMERA_NAME, EVENT_ID, event_started, new_event_id

NAMES = st.from_regex(CAMERA_NAME, fullmatch=True)
TIMES = st.floats(min_value=0, max_value=4e9)


@given(NAMES, TIMES)
def test_a_new_id_is_an_event_id_and_names_its_camera(camera: str, started: float) -> None:
    id_ = new_event_id(camera, started)

    assert EVENT_ID.fullmatch(id_)
    assert id_[16:-9] == camera


@given(TIMES, TIMES)
def test_ids_of_different_seconds_sort_by_time(one: float, other: float) -> None:
    earlier, later = sorted((one, other))
    if int(earlier) < int(later):
        assert new_event_id("a", earlier) < new_event_id("a", later)


@given(NAMES, TIMES)
@example("front", 1.9999995231628418)
def test_an_id_tells_when_its_event_started_to_the_second(camera: str, started: float) -> None:
    assert event_started(new_event_id(camera, started)) == int(started)


@pytest.mark.parametrize("text", ["", "20269999T999999-front-00000000", "../20261120T140301-front-9f3a0c1e"])
def test_what_is_no_event_has_no_start(text: str) -> None:
    with pytest.raises(ValueError, match=r"id|match|data|month|range"):
        event_started(text)


def test_two_events_of_one_moment_have_two_ids() -> None:
    assert new_event_id("front", 1.0) != new_event_id("front", 1.0)


@pytest.mark.parametrize(
    "name", ["", "Front", "front_door", "-a", "a-", "a" * 33, "..", "a/b", "é", "a\n", "٣"]
)
def test_what_cannot_be_a_folder_is_no_camera_name(name: str) -> None:
    assert not CAMERA_NAME.fullmatch(name)
    with pytest.raises(ValueError, match="not a camera's name"):
        new_event_id(name, 0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "..",
        "20261120T140301-front-9f3a0c1e\n",
        "20261120T140301-front-9F3A0C1E",
        "20261120T140301-../x-9f3a0c1e",
        "20261120T140301-front-9f3a0c1e/..",
        "٢٠٢٦١١٢٠T140301-front-9f3a0c1e",
        "20261120T140301--9f3a0c1e",
    ],
)
def test_what_is_not_written_exactly_like_an_id_is_none(text: str) -> None:
    assert not EVENT_ID.fullmatch(text)
