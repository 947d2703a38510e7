"""Dialogs open in time or say so; Home tabs are published."""

from __future__ import annotations

from typing import Any

from app.demo.workspace import OWNER, Workspace
from app.slack.event_messages import EventLine, event_block
from app.slack.settings_view import SettingsField, settings_view
from tests.notifier.conftest import Bench

VIEW = settings_view([SettingsField("trigger.cooldown_seconds", "Seconds", "between two", "10")], "{}")
HOME = {"type": "home", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "x"}}]}


def put_dialog(bench: Bench, **changes: Any) -> None:
    payload = {"trigger_id": bench.slack.views.new_trigger(OWNER.id), "view": VIEW, **changes}
    bench.outbox.put("dialog", payload, lane="dialog-1", now=bench.clock)


def ask(slack: Workspace) -> str:
    return slack.command("/pycam_settings").response_url


def told(slack: Workspace) -> list[str]:
    return [message.text for message in slack.messages(ephemeral=True) if message.is_bot]


def test_a_dialog_opens_for_whoever_asked(bench: Bench, slack: Workspace) -> None:
    put_dialog(bench)
    bench.drain()
    shown = slack.views.dialog(OWNER.id)
    assert shown is not None
    assert shown.shown["callback_id"] == "settings"


def test_one_that_would_come_too_late_is_not_even_tried_and_that_is_said(
    bench: Bench, slack: Workspace
) -> None:
    put_dialog(bench, response_url=ask(slack))
    bench.clock += 3.5
    bench.drain()
    assert slack.calls("views.open") == []
    assert "try again" in told(slack)[-1]
    assert bench.set_aside() == []


def test_a_refused_one_is_said_too(bench: Bench, slack: Workspace) -> None:
    put_dialog(bench, trigger_id="1.2.3", response_url=ask(slack))
    bench.drain()
    assert "try again" in told(slack)[-1]
    assert bench.set_aside() == []


def test_a_short_trouble_is_tried_through(bench: Bench, slack: Workspace) -> None:
    slack.faults.add("views.open", "500")
    put_dialog(bench)
    bench.drain()
    assert slack.views.dialog(OWNER.id) is not None


def test_without_an_address_nobody_can_be_told(bench: Bench, slack: Workspace) -> None:
    put_dialog(bench, trigger_id="1.2.3")
    bench.drain()
    assert bench.set_aside() == []
    assert bench.posts() == []


def test_a_home_tab_is_published_the_newest_one_alone(bench: Bench, slack: Workspace) -> None:
    for text in ("old", "new"):
        block = {"type": "section", "text": {"type": "mrkdwn", "text": text}}
        payload = {"user": OWNER.id, "view": HOME | {"blocks": [block]}}
        bench.outbox.put("home", payload, lane="home", once=f"home-{OWNER.id}", now=bench.clock)
    bench.drain()
    home = slack.views.home(OWNER.id)
    assert home is not None
    assert home.shown["blocks"][0]["text"]["text"] == "new"
    assert len(slack.calls("views.publish")) == 1


def test_a_home_tab_that_slack_refuses_bothers_nobody(bench: Bench, slack: Workspace) -> None:
    payload = {"user": OWNER.id, "view": HOME | {"blocks": [{"type": "video"}]}}
    bench.outbox.put("home", payload, lane="home", now=bench.clock)
    bench.drain()
    assert slack.views.home(OWNER.id) is None
    assert bench.posts() == []
    assert bench.set_aside() == []


def test_a_home_tab_with_a_picture_that_was_deleted_in_slack_comes_without(
    bench: Bench, slack: Workspace
) -> None:
    line = EventLine("20261120T140301-front-9f3a0c1e", "front", bench.clock, picture="F0GONEGONE0")
    payload = {"user": OWNER.id, "view": HOME | {"blocks": [event_block(line)]}}
    bench.outbox.put("home", payload, lane="home", now=bench.clock)
    bench.drain()
    home = slack.views.home(OWNER.id)
    assert home is not None
    assert "F0GONEGONE0" not in str(home.shown)
    assert "front" in str(home.shown)
