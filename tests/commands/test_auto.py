from __future__ import annotations

from pathlib import Path

import pytest

from app.commands.auto import auto_off, auto_on
from app.state.facts import Facts, Heartbeat
from app.state.wishes import Auto, Wishes
from tests.commands.builders import NOW, OWNER, context_with, request_of, snapshot_with

PRESENCE_ALIVE = Facts(process={"presence": Heartbeat(at=NOW - 1, pid=1, started=NOW - 100)})


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
