"""Which processes the settings call for, and which would come up."""

from __future__ import annotations

from typing import Any

import pytest

from app.settings import Settings
from app.settings.called_for import able_to_run, called_for

BOTH = {"slack_signing_secret": "s", "slack_app_token": "xapp-1"}
HOME = {"people": [{"name": "R", "devices": ["3c:22:fb:01:02:03"]}], "routers": [{"kind": "dnsmasq"}]}


def settings_of(**sections: Any) -> Settings:
    return Settings.model_validate({"cameras": [{"name": "front", "source": "a.mp4"}]} | sections)


@pytest.mark.parametrize(
    ("sections", "names"),
    [
        ({}, ["notifier", "camera:front"]),
        ({"secrets": {"slack_signing_secret": "s"}}, ["web", "notifier", "camera:front"]),
        ({"secrets": BOTH}, ["socket", "notifier", "camera:front"]),
        ({"uploader": {"enabled": True, "bucket": "samples"}}, ["notifier", "camera:front", "uploader"]),
        ({"presence": HOME}, ["notifier", "camera:front", "presence"]),
    ],
)
def test_the_settings_call_for_processes(sections: dict[str, Any], names: list[str]) -> None:
    assert list(called_for(settings_of(**sections))) == names


def test_a_dashboard_that_is_not_wanted_does_not_run() -> None:
    assert list(able_to_run(settings_of(dashboard={"enabled": False}))) == ["camera:front"]


def test_both_ways_in_can_run_and_a_notifier_only_with_token_and_channel() -> None:
    assert list(able_to_run(settings_of(secrets=BOTH))) == ["socket", "web", "dashboard", "camera:front"]
    token, channel = {"slack_bot_token": "xoxb-1"}, {"alerts_channel": "C0HOME"}
    assert list(able_to_run(settings_of(secrets=token))) == ["dashboard", "camera:front"]
    assert list(able_to_run(settings_of(secrets=token, slack=channel))) == [
        "notifier",
        "dashboard",
        "camera:front",
    ]
