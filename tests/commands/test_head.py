from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.commands.head import current_position, parse_rotate, rotate
from app.commands.request import Context, Mistake
from app.state.facts import Facts
from app.state.wishes import Head, Wishes
from tests.commands.builders import NOW, OWNER, camera_fact, context_with, request_of, snapshot_with


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


@pytest.mark.parametrize("typed", ["", "ninety", "30", "1.5 2", "1 2 3 4", "1e1 2", "٣ 0"])
def test_what_does_not_say_where_to_look_is_answered_with_what_is_expected(
    typed: str, tmp_path: Path
) -> None:
    with pytest.raises(Mistake, match="whole degrees from -90 to 90"):
        rotate(request_of("rotate", typed), snapshot_with(), context_with(tmp_path))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("500 0", "pan must be from -90 to 90 degrees; 500 is too far."),
        ("0 91", "tilt must be from -90 to 90 degrees; 91 is too far."),
        ("-91 0", "pan must be from -90 to 90 degrees; -91 is too far."),
    ],
)
def test_what_is_understood_but_too_far_is_told_so(typed: str, said: str) -> None:
    with pytest.raises(Mistake) as mistake:
        parse_rotate(typed)
    assert str(mistake.value) == said


@given(st.text(max_size=30) | st.from_regex(r"\A[-+0-9 ,]{0,12}\Z"))
def test_whatever_is_typed_is_within_the_reach_of_the_head_or_a_mistake(typed: str) -> None:
    with contextlib.suppress(Mistake):
        pan, tilt, _ = parse_rotate(typed)
        assert abs(pan) <= 90
        assert abs(tilt) <= 90


@given(st.integers(-90, 90), st.integers(-90, 90))
def test_every_position_of_the_head_can_be_typed(pan: int, tilt: int) -> None:
    assert parse_rotate(f"{pan} {tilt}") == (pan, tilt, "")


def test_aiming_is_kept_as_a_wish(tmp_path: Path) -> None:
    reply = rotate(request_of("rotate", "30 -10"), snapshot_with(), context_with(tmp_path))
    assert reply.wishes == {"head:front": Head(by=OWNER, at=NOW, pan=30, tilt=-10)}
    assert "pan 30°, tilt -10°" in reply.text


def test_with_several_cameras_one_must_be_named(tmp_path: Path) -> None:
    context = context_with(tmp_path, "front", "back")
    with pytest.raises(Mistake, match="Say which camera: front or back"):
        rotate(request_of("rotate", "1 2"), snapshot_with(), context)
    assert list(rotate(request_of("rotate", "1 2 back"), snapshot_with(), context).wishes) == ["head:back"]


def test_the_position_is_what_was_asked_and_says_that_it_is_no_report(tmp_path: Path) -> None:
    wishes = Wishes(head={"front": Head(by="U1", at=NOW - 120, pan=30, tilt=20)})
    reply = current_position(request_of("current_position"), snapshot_with(wishes), context_with(tmp_path))
    assert (
        reply.text
        == "*front*: pan 30°, tilt 20°, as <@U1> asked 2 min ago; its camera process is silent now."
    )


def test_a_position_nobody_asked_for_is_unknown(tmp_path: Path) -> None:
    reply = current_position(request_of("current_position"), snapshot_with(), context_with(tmp_path))
    assert "unknown" in reply.text


def with_head(data: Path, **head: Any) -> Context:
    return context_with(data, cameras=[{"name": "front", "source": "picamera", "head": head}])


def test_a_camera_turns_only_as_far_as_it_may(tmp_path: Path) -> None:
    context = with_head(tmp_path, tilt_degrees=[-30, 60])
    assert rotate(request_of("rotate", "90 -30"), snapshot_with(), context).wishes
    with pytest.raises(Mistake, match="from tilt -30° to 60°"):
        rotate(request_of("rotate", "0 -31"), snapshot_with(), context)


def test_a_camera_without_a_head_is_not_aimed(tmp_path: Path) -> None:
    context = with_head(tmp_path, kind="none")
    with pytest.raises(Mistake, match="has no head"):
        rotate(request_of("rotate", "0 0"), snapshot_with(), context)
    assert "has no head" in current_position(request_of("current_position"), snapshot_with(), context).text


def where(tmp_path: Path, **fact: Any) -> str:
    wishes = Wishes(head={"front": Head(by="U1", at=NOW - 120, pan=30, tilt=20)})
    facts = Facts(camera={"front": camera_fact(**fact)})
    return current_position(
        request_of("current_position"), snapshot_with(wishes, facts), context_with(tmp_path)
    ).text


def test_a_head_that_is_there_says_so(tmp_path: Path) -> None:
    assert where(tmp_path, head="pantilt", pan=30, tilt=20) == (
        "*front*: pan 30°, tilt 20°, as <@U1> asked 2 min ago."
    )


def test_a_head_on_its_way_says_where_it_is_and_where_it_goes(tmp_path: Path) -> None:
    assert where(tmp_path, head="pantilt", pan=4, tilt=4, head_moving=True) == (
        "*front*: moving, pan 4°, tilt 4°, not yet pan 30°, tilt 20°, as <@U1> asked 2 min ago."
    )


def test_a_head_that_does_not_answer_says_where_it_stopped_and_why(tmp_path: Path) -> None:
    said = where(tmp_path, head="pantilt", pan=4, tilt=4, head_problem="no answer <on the bus>")
    assert "pan 4°, tilt 4° (:warning: no answer &lt;on the bus&gt;), not yet pan 30°, tilt 20°" in said


def test_a_head_that_never_worked_has_no_position(tmp_path: Path) -> None:
    assert "position unknown (:warning: absent)" in where(tmp_path, head="pantilt", head_problem="absent")


def test_a_simulated_head_says_so(tmp_path: Path) -> None:
    assert "pan 30°, tilt 20° (simulated: there is no Pan-Tilt HAT), as" in where(
        tmp_path, head="simulated", pan=30, tilt=20
    )


def test_a_camera_that_says_nothing_of_a_head_is_not_taken_to_look_there(tmp_path: Path) -> None:
    assert where(tmp_path, head="").endswith("asked 2 min ago; the camera does not tell where it looks.")


def test_a_camera_that_is_silent_speaks_for_no_head(tmp_path: Path) -> None:
    assert "its camera process is silent now" in where(tmp_path, at=NOW - 3600, head="pantilt", pan=1, tilt=1)


@pytest.mark.parametrize(
    ("fact", "doubt"),
    [
        ({"head": "simulated"}, "no Pan-Tilt HAT"),
        ({"head": "pantilt", "head_problem": "the bus is gone"}, "At present the bus is gone"),
    ],
)
def test_aiming_says_when_it_will_not_be_seen(fact: dict[str, Any], doubt: str, tmp_path: Path) -> None:
    snapshot = snapshot_with(facts=Facts(camera={"front": camera_fact(**fact)}))
    reply = rotate(request_of("rotate", "1 2"), snapshot, context_with(tmp_path))
    assert doubt in reply.text
    assert reply.wishes  # it is kept: the head may come back
