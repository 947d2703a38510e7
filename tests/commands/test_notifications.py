from __future__ import annotations

from pathlib import Path

import pytest

from app.commands.notifications import silence, unmute
from app.commands.request import Mistake
from app.slack.wording import when
from app.state.wishes import Notifications, Wishes
from tests.commands.builders import NOW, OWNER, context_with, request_of, snapshot_with


def muted(until: float | None) -> Wishes:
    return Wishes(notifications=Notifications(by="U1", at=NOW - 60, on=False, until=until))


def test_a_mute_ends_when_it_was_asked_to(tmp_path: Path) -> None:
    reply = silence(request_of("notifications_off", "1h30m"), snapshot_with(), context_with(tmp_path))
    assert reply.wishes == {"notifications": Notifications(by=OWNER, at=NOW, on=False, until=NOW + 5400)}
    assert f"off until {when(NOW + 5400)}" in reply.text
    assert reply.in_channel


def test_a_mute_without_an_end_lasts_until_the_command(tmp_path: Path) -> None:
    reply = silence(request_of("notifications_off"), snapshot_with(), context_with(tmp_path))
    assert reply.wishes == {"notifications": Notifications(by=OWNER, at=NOW, on=False, until=None)}
    assert "until `/notifications_on`" in reply.text


def test_yesterday_is_answered_with_what_is_expected(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match=r"`yesterday` is not a length of time.*`30m`, `2h`"):
        silence(request_of("notifications_off", "yesterday"), snapshot_with(), context_with(tmp_path))


def test_notifications_are_switched_on_again(tmp_path: Path) -> None:
    for until in (None, NOW + 60):
        reply = unmute(request_of("notifications_on"), snapshot_with(muted(until)), context_with(tmp_path))
        assert reply.wishes == {"notifications": Notifications(by=OWNER, at=NOW, on=True)}


def test_switching_on_what_is_on_changes_nothing(tmp_path: Path) -> None:
    reply = unmute(request_of("notifications_on"), snapshot_with(muted(NOW - 1)), context_with(tmp_path))
    assert reply.text == "Notifications are already on."
    assert not reply.wishes


def test_switching_on_where_nothing_is_known_is_kept_for_a_camera_may_know_of_a_mute(tmp_path: Path) -> None:
    reply = unmute(request_of("notifications_on"), snapshot_with(), context_with(tmp_path))
    assert reply.wishes == {"notifications": Notifications(by=OWNER, at=NOW, on=True)}


def test_notifications_on_takes_no_argument(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match="takes nothing"):
        unmute(request_of("notifications_on", "30m"), snapshot_with(muted(None)), context_with(tmp_path))
