from __future__ import annotations

from pathlib import Path

import pytest

from app.commands.auto import auto_off, auto_on
from app.domain import Presence
from app.state.facts import Facts, Heartbeat, PresenceFact
from app.state.wishes import Armed, Auto, Wishes
from tests.commands.builders import NOW, OWNER, context_with, request_of, snapshot_with

PRESENCE_ALIVE = Facts(process={"presence": Heartbeat(at=NOW - 1, pid=1, started=NOW - 100)})


def home_is(presence: Presence, since: float = NOW - 600) -> Facts:
    fact = PresenceFact(at=NOW - 1, presence=presence, since=since)
    return PRESENCE_ALIVE.model_copy(update={"presence": fact})


def test_switched_on_in_an_empty_house_it_says_that_this_arms_now(tmp_path: Path) -> None:
    by_hand = Wishes(armed={"back": Armed(by="U1", at=NOW - 60, on=False)})
    reply = auto_on(
        request_of("auto_detect_on"),
        snapshot_with(by_hand, home_is(Presence.AWAY)),
        context_with(tmp_path, "front", "back"),
    )
    assert reply.text.splitlines()[1:] == [
        "*front* is armed now, because nobody is home.",
        "*back* stays disarmed, because <@U1> disarmed it, 1 min ago.",
    ]


def test_switched_off_it_says_what_that_disarms(tmp_path: Path) -> None:
    on = Wishes(auto=Auto(by="U1", at=NOW - 60, on=True))
    reply = auto_off(
        request_of("auto_detect_off"), snapshot_with(on, home_is(Presence.AWAY)), context_with(tmp_path)
    )
    assert reply.text.splitlines()[1] == "*front* is disarmed now, because nobody has armed it yet."


@pytest.mark.parametrize(("command", "on"), [(auto_on, True), (auto_off, False)])
def test_arming_by_presence_is_wished(command, on: bool, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    before = Wishes(auto=Auto(by="U1", at=NOW - 60, on=not on))
    reply = command(request_of("auto"), snapshot_with(before, PRESENCE_ALIVE), context_with(tmp_path))
    assert reply.wishes == {"auto": Auto(by=OWNER, at=NOW, on=on)}
    assert "not running" not in reply.text


def test_it_says_that_the_presence_process_is_missing(tmp_path: Path) -> None:
    reply = auto_on(request_of("auto_detect_on"), snapshot_with(), context_with(tmp_path))
    assert "presence process is not running" in reply.text


def test_switching_what_is_so_already_says_who_did(tmp_path: Path) -> None:
    before = Wishes(auto=Auto(by="U1", at=NOW - 60, on=True))
    reply = auto_on(
        request_of("auto_detect_on"), snapshot_with(before, PRESENCE_ALIVE), context_with(tmp_path)
    )
    assert reply.text == "Arming by presence is already on (by <@U1>, 1 min ago)."
    assert not reply.wishes
