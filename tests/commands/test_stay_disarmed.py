from __future__ import annotations

from pathlib import Path

import pytest

from app.commands.buttons import BUTTONS
from app.commands.request import Reply
from app.domain import Presence
from app.slack.presence_messages import leaving
from app.state.facts import Facts, PresenceFact
from app.state.wishes import Armed
from tests.commands.builders import NOW, OWNER, context_with, snapshot_with
from tests.commands.test_buttons import press_of

SINCE = NOW - 30.25


def press(tmp_path: Path, value: str, away_since: float | None = SINCE) -> Reply:
    fact = PresenceFact(at=NOW, presence=Presence.HOME, since=NOW - 7200, away_since=away_since)
    context = context_with(tmp_path, "front", "back")
    return BUTTONS["stay_disarmed"](
        press_of("stay_disarmed", value), snapshot_with(facts=Facts(presence=fact)), context
    )


def test_the_button_of_the_message_disarms_every_camera_and_tells_the_channel(tmp_path: Path) -> None:
    value = leaving(["Robin"], 60, SINCE).blocks[1]["elements"][0]["value"]
    reply = press(tmp_path, value)

    wish = Armed(by=OWNER, at=NOW, on=False)
    assert reply.wishes == {"armed:front": wish, "armed:back": wish}
    assert reply.in_channel


@pytest.mark.parametrize("value", ["", "0", f"{SINCE - 1:.3f}", "nan", "../../x", "1e9"])
def test_the_button_of_another_departure_changes_nothing(tmp_path: Path, value: str) -> None:
    assert press(tmp_path, value).wishes == {}


def test_with_somebody_home_again_it_changes_nothing(tmp_path: Path) -> None:
    assert press(tmp_path, f"{SINCE:.3f}", away_since=None).wishes == {}


def test_it_stays_disarmed_also_if_the_clock_was_set_back_since_the_departure(tmp_path: Path) -> None:
    tomorrow = NOW + 86_400
    reply = press(tmp_path, f"{tomorrow:.3f}", away_since=tomorrow)

    assert all(isinstance(wish, Armed) and wish.at > tomorrow for wish in reply.wishes.values())
    assert len(reply.wishes) == 2
