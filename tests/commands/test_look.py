from __future__ import annotations

from pathlib import Path

import pytest

from app.commands.look import look
from app.commands.request import Mistake, Reply
from app.state.wishes import MAX_PLACES, Head, Place, Places, Wishes
from tests.commands.builders import NOW, OWNER, context_with, request_of, snapshot_with

DOOR = Place(pan=30, tilt=-10)
AIMED = {"front": Head(by="U1", at=NOW - 60, pan=30, tilt=-10)}


def places(**named: Place) -> Places:
    return Places(by="U1", at=NOW - 60, places=named)


def say(text: str, tmp_path: Path, wishes: Wishes, *cameras: str) -> Reply:
    return look(request_of("look", text), snapshot_with(wishes), context_with(tmp_path, *cameras))


def test_a_place_is_what_was_asked_when_it_was_saved(tmp_path: Path) -> None:
    wishes = Wishes(head=AIMED, places={"front": places(desk=Place(pan=1, tilt=2))})
    reply = say("save Door", tmp_path, wishes)
    assert reply.wishes == {
        "places:front": Places(by=OWNER, at=NOW, places={"desk": Place(pan=1, tilt=2), "door": DOOR})
    }
    assert "pan 30°, tilt -10° of *front* is now called door" in reply.text


def test_looking_at_a_place_aims_the_camera(tmp_path: Path) -> None:
    reply = say("door", tmp_path, Wishes(places={"front": places(door=DOOR)}))
    assert reply.wishes == {"head:front": Head(by=OWNER, at=NOW, pan=30, tilt=-10)}
    assert reply.text == "*front* is asked to look at door: pan 30°, tilt -10°."


def test_a_place_is_forgotten_and_the_others_stay(tmp_path: Path) -> None:
    wishes = Wishes(places={"front": places(door=DOOR, desk=Place(pan=1, tilt=2))})
    reply = say("forget door", tmp_path, wishes)
    assert reply.wishes == {"places:front": Places(by=OWNER, at=NOW, places={"desk": Place(pan=1, tilt=2)})}


def test_without_a_name_the_places_are_listed(tmp_path: Path) -> None:
    wishes = Wishes(places={"front": places(door=DOOR, desk=Place(pan=1, tilt=2))})
    reply = say("", tmp_path, wishes, "front", "back")
    assert reply.text == (
        "*front*: desk (pan 1°, tilt 2°), door (pan 30°, tilt -10°)\n"
        "*back*: no places yet. Aim it with `/rotate`, then say `/look save door`."
    )
    assert not reply.wishes


def test_the_camera_that_knows_the_place_is_meant(tmp_path: Path) -> None:
    wishes = Wishes(places={"back": places(door=DOOR), "front": places(desk=DOOR)})
    assert list(say("door", tmp_path, wishes, "front", "back").wishes) == ["head:back"]


def test_if_several_know_it_one_must_be_named(tmp_path: Path) -> None:
    wishes = Wishes(places={"back": places(door=DOOR), "front": places(door=DOOR)})
    with pytest.raises(Mistake, match="Say which camera, front or back: each has a place called door"):
        say("door", tmp_path, wishes, "front", "back")
    assert list(say("door back", tmp_path, wishes, "front", "back").wishes) == ["head:back"]


@pytest.mark.parametrize("verb", ["", "forget "])
def test_a_place_nobody_named_is_answered_with_those_there_are(verb: str, tmp_path: Path) -> None:
    with pytest.raises(Mistake, match=r"(?s)no place `dor`.*door \(pan 30"):
        say(f"{verb}dor", tmp_path, Wishes(places={"front": places(door=DOOR)}))


@pytest.mark.parametrize(
    "text",
    [
        "save",
        "forget",
        "save save",
        "save a_b",
        "dôor",
        "x" * 33,
        "a b c",
        "save door front more",
        "<!channel>",
    ],
)
def test_what_is_no_name_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(Mistake, match="names no place"):
        say(text, tmp_path, Wishes(head=AIMED))


def test_where_nobody_ever_aimed_there_is_nothing_to_save(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match="Nobody has aimed"):
        say("save door", tmp_path, Wishes())


def test_a_camera_has_room_for_so_many_places(tmp_path: Path) -> None:
    full = Wishes(head=AIMED, places={"front": places(**{f"p{n}": DOOR for n in range(MAX_PLACES)})})
    with pytest.raises(Mistake, match=f"has {MAX_PLACES} places"):
        say("save door", tmp_path, full)
    assert say("save p0", tmp_path, full).wishes  # saved anew it takes no more room


def test_a_place_from_before_the_limits_were_set_is_not_aimed_at(tmp_path: Path) -> None:
    wishes = Wishes(places={"front": places(door=DOOR)})
    camera = {"name": "front", "source": "picamera", "head": {"pan_degrees": [-20, 20]}}
    with pytest.raises(Mistake, match="from pan -20° to 20°"):
        look(request_of("look", "door"), snapshot_with(wishes), context_with(tmp_path, cameras=[camera]))
