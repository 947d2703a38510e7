from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.commands.head import current_position, parse_rotate, rotate
from app.commands.request import Mistake
from app.state.wishes import Head, Wishes
from tests.commands.builders import NOW, OWNER, context_with, request_of, snapshot_with


@pytest.mark.parametrize(
    ("typed", "parsed"),
    [
        ("30 20", (30, 20, "")),
        ("-90 +90", (-90, 90, "")),
        ("30,-10", (30, -10, "")),
        ("−5 0", (-5, 0, "")),
        (" 1  2  back ", (1, 2, "back")),
    ],
)
def test_pan_and_tilt_are_read(typed: str, parsed: tuple[int, int, str]) -> None:
    assert parse_rotate(typed) == parsed


@pytest.mark.parametrize(
    "typed", ["", "ninety", "500 0", "0 91", "-91 0", "30", "1.5 2", "1 2 3 4", "1e1 2", "٣ 0"]
)
def test_what_does_not_say_where_to_look_is_answered_with_what_is_expected(
    typed: str, tmp_path: Path
) -> None:
    with pytest.raises(Mistake, match="whole degrees from -90 to 90"):
        rotate(request_of("rotate", typed), snapshot_with(), context_with(tmp_path))


@given(st.text(max_size=30) | st.from_regex(r"\A[-+0-9 ,]{0,12}\Z"))
def test_whatever_is_typed_is_within_the_reach_of_the_head_or_nothing(typed: str) -> None:
    parsed = parse_rotate(typed)
    assert parsed is None or (abs(parsed[0]) <= 90 and abs(parsed[1]) <= 90)


@given(st.integers(-90, 90), st.integers(-90, 90))
def test_every_position_of_the_head_can_be_typed(pan: int, tilt: int) -> None:
    assert parse_rotate(f"{pan} {tilt}") == (pan, tilt, "")


def test_aiming_is_kept_as_a_wish(tmp_path: Path) -> None:
    reply = rotate(request_of("rotate", "30 -10"), snapshot_with(), context_with(tmp_path))
    assert reply.wishes == {"head:front": Head(by=OWNER, at=NOW, pan=30, tilt=-10)}
    assert "pan 30°, tilt -10°" in reply.text


def test_with_several_cameras_one_must_be_named(tmp_path: Path) -> None:
    context = context_with(tmp_path, "front", "back")
    with pytest.raises(Mistake, match="Say which camera: front and back"):
        rotate(request_of("rotate", "1 2"), snapshot_with(), context)
    assert list(rotate(request_of("rotate", "1 2 back"), snapshot_with(), context).wishes) == ["head:back"]


def test_the_position_is_what_was_asked_and_says_that_it_is_no_report(tmp_path: Path) -> None:
    wishes = Wishes(head={"front": Head(by="U1", at=NOW - 120, pan=30, tilt=20)})
    reply = current_position(request_of("current_position"), snapshot_with(wishes), context_with(tmp_path))
    assert reply.text == "*front*: pan 30°, tilt 20°, as <@U1> asked 2 minutes ago (no head reports back)."


def test_a_position_nobody_asked_for_is_unknown(tmp_path: Path) -> None:
    reply = current_position(request_of("current_position"), snapshot_with(), context_with(tmp_path))
    assert "unknown" in reply.text
