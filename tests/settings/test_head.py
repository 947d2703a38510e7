"""How far a head may turn: what cannot be is refused at the start."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from app.settings.head import HeadSettings

DEGREES = st.integers(-90, 90)
LIMITS = st.tuples(DEGREES, DEGREES).map(sorted)


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "servo"},
        {"pan_degrees": [-91, 0]},
        {"tilt_degrees": [0, 91]},
        {"pan_degrees": [10, -10]},
        {"pan_degrees": [0]},
        {"step_degrees": 0},
        {"step_seconds": 0},
        {"settle_seconds": -1},
        {"stepdegrees": 2},
    ],
)
def test_what_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        HeadSettings.model_validate(wrong)


@given(LIMITS, LIMITS, DEGREES, DEGREES)
def test_the_nearest_position_is_within_the_limits_and_what_is_within_stays(
    pan: list[int], tilt: list[int], wanted_pan: int, wanted_tilt: int
) -> None:
    settings = HeadSettings.model_validate({"pan_degrees": pan, "tilt_degrees": tilt})
    at = settings.within(wanted_pan, wanted_tilt)
    assert pan[0] <= at[0] <= pan[1]
    assert tilt[0] <= at[1] <= tilt[1]
    assert settings.within(*at) == at
    if pan[0] <= wanted_pan <= pan[1]:
        assert at[0] == wanted_pan
