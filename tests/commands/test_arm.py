from __future__ import annotations

from pathlib import Path

import pytest

from app.commands.arm import arm, disarm
from app.commands.orders import arming
from app.commands.request import Mistake
from app.domain import Presence
from app.state.facts import Facts, PresenceFact
from app.state.wishes import Armed, Auto, Wishes
from tests.commands.builders import NOW, OWNER, armed, camera_fact, context_with, request_of, snapshot_with


def test_arming_is_wished_for_every_camera_and_told_to_the_channel(tmp_path: Path) -> None:
    reply = arm(request_of("pycam_on"), snapshot_with(), context_with(tmp_path, "front", "back"))
    wish = Armed(by=OWNER, at=NOW, on=True)
    assert reply.wishes == {"armed:front": wish, "armed:back": wish}
    assert reply.in_channel
    assert f"*front* is armed by <@{OWNER}>." in reply.text


def test_the_named_camera_alone_is_disarmed(tmp_path: Path) -> None:
    context = context_with(tmp_path, "front", "back")
    reply = disarm(request_of("pycam_off", " Back "), snapshot_with(armed(True, camera="back")), context)
    assert reply.wishes == {"armed:back": Armed(by=OWNER, at=NOW, on=False)}
    assert "front" not in reply.text


def test_an_unknown_camera_is_answered_with_the_names_there_are(tmp_path: Path) -> None:
    context = context_with(tmp_path, "front", "back")
    with pytest.raises(Mistake, match=r"no camera `garage`\. The cameras are front and back"):
        arm(request_of("pycam_on", "garage"), snapshot_with(), context)


def test_arming_twice_says_who_armed_and_when_and_keeps_that(tmp_path: Path) -> None:
    reply = arm(request_of("pycam_on"), snapshot_with(armed(True, by="U1")), context_with(tmp_path))
    assert reply.text == "front is already armed (<@U1> armed it, 2 h ago)."
    assert not reply.wishes
    assert not reply.in_channel


def test_disarming_what_nobody_is_known_to_have_armed_is_kept_for_the_camera_may_know_better(
    tmp_path: Path,
) -> None:
    reply = disarm(request_of("pycam_off"), snapshot_with(), context_with(tmp_path))
    assert reply.wishes == {"armed:front": Armed(by=OWNER, at=NOW, on=False)}
    assert (
        reply.text == f"*front* is disarmed by <@{OWNER}>. It already was, because nobody has armed it yet."
    )


def test_arming_again_after_presence_changed_is_kept_for_auto_may_be_switched_on_next(tmp_path: Path) -> None:
    facts = Facts(presence=PresenceFact(at=NOW - 1, presence=Presence.HOME, since=NOW - 600))
    again = arm(request_of("pycam_on"), snapshot_with(armed(True), facts), context_with(tmp_path))
    assert again.wishes == {"armed:front": Armed(by=OWNER, at=NOW, on=True)}

    given = snapshot_with(armed(True, at=NOW - 60), facts)
    assert not arm(request_of("pycam_on"), given, context_with(tmp_path)).wishes


def test_what_presence_has_armed_is_armed_by_hand_as_well(tmp_path: Path) -> None:
    wishes = Wishes(auto=Auto(by="U1", at=NOW - 9000, on=True))
    facts = Facts(presence=PresenceFact(at=NOW - 1, presence=Presence.AWAY, since=NOW - 600))
    reply = arm(request_of("pycam_on"), snapshot_with(wishes, facts), context_with(tmp_path))
    assert reply.wishes == {"armed:front": Armed(by=OWNER, at=NOW, on=True)}
    assert "It already was, because nobody is home." in reply.text


def test_a_command_older_than_the_last_change_of_presence_is_given_anew(tmp_path: Path) -> None:
    wishes = Wishes(
        auto=Auto(by="U1", at=NOW - 9000, on=True), armed={"front": Armed(by="U1", at=NOW - 7200, on=True)}
    )
    facts = Facts(presence=PresenceFact(at=NOW - 1, presence=Presence.HOME, since=NOW - 600))
    reply = arm(request_of("pycam_on"), snapshot_with(wishes, facts), context_with(tmp_path))
    assert reply.wishes == {"armed:front": Armed(by=OWNER, at=NOW, on=True)}


@pytest.mark.parametrize("on", [True, False])
def test_given_again_during_the_exit_delay_a_command_is_kept_for_the_departure_would_win_over_the_older_one(
    on: bool, tmp_path: Path
) -> None:
    given_at, left_at = NOW - 60, NOW - 50
    wishes = armed(on, at=given_at).model_copy(update={"auto": Auto(by="U1", at=NOW - 9000, on=True)})
    leaving = PresenceFact(at=NOW - 1, presence=Presence.HOME, since=NOW - 600, away_since=left_at)
    command = arm if on else disarm
    reply = command(
        request_of("pycam_on"), snapshot_with(wishes, Facts(presence=leaving)), context_with(tmp_path)
    )
    wish = reply.wishes["armed:front"]
    assert isinstance(wish, Armed)

    away = Facts(presence=PresenceFact(at=NOW, presence=Presence.AWAY, since=left_at, away_since=left_at))
    after = arming("front", snapshot_with(wishes.model_copy(update={"armed": {"front": wish}}), away))
    assert (after.verdict.yes, after.stands) == (on, True)


def test_disarming_again_during_the_exit_delay_after_it_began_says_that_it_is_so_already(
    tmp_path: Path,
) -> None:
    leaving = PresenceFact(at=NOW - 1, presence=Presence.HOME, since=NOW - 600, away_since=NOW - 50)
    given = snapshot_with(armed(False, at=NOW - 40), Facts(presence=leaving))
    assert not disarm(request_of("pycam_off"), given, context_with(tmp_path)).wishes


def test_a_command_is_given_anew_while_presence_may_decide_and_is_not_known_yet(tmp_path: Path) -> None:
    wishes = armed(False).model_copy(update={"auto": Auto(by="U1", at=NOW - 9000, on=True)})
    reply = disarm(request_of("pycam_off"), snapshot_with(wishes), context_with(tmp_path))
    assert reply.wishes == {"armed:front": Armed(by=OWNER, at=NOW, on=False)}


@pytest.mark.parametrize("on", [True, False])
def test_with_the_clock_set_back_a_command_still_wins_over_the_last_change_of_presence(
    on: bool, tmp_path: Path
) -> None:
    presence = Presence.HOME if on else Presence.AWAY
    facts = Facts(presence=PresenceFact(at=NOW, presence=presence, since=NOW + 600))
    auto = Auto(by="U1", at=NOW - 9000, on=True)
    command = arm if on else disarm
    reply = command(request_of("pycam_on"), snapshot_with(Wishes(auto=auto), facts), context_with(tmp_path))
    wish = reply.wishes["armed:front"]
    assert isinstance(wish, Armed)
    after = arming("front", snapshot_with(Wishes(auto=auto, armed={"front": wish}), facts))
    assert (after.verdict.yes, after.stands) == (on, True)


def test_arming_a_camera_whose_process_is_silent_warns(tmp_path: Path) -> None:
    alive = snapshot_with(facts=Facts(camera={"front": camera_fact()}))
    silent = snapshot_with(facts=Facts(camera={"front": camera_fact(at=NOW - 60)}))
    context = context_with(tmp_path)
    assert "silent" not in arm(request_of("pycam_on"), alive, context).text
    assert "silent" in arm(request_of("pycam_on"), silent, context).text
