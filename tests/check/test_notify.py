"""Who is told besides Slack: each address is looked at, and nothing is sent."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from app.check.check import Outcome
from app.check.notify import checks
from tests.check.builders import assert_failed, assert_ok, assert_skipped, context_of
from tests.fakes.http_receiver import HttpReceiver


def outcomes(*targets: dict[str, Any]) -> dict[str, Outcome]:
    return {check.name: check.run() for check in checks(context_of(secrets={"notify": targets}))}


def test_nobody_to_tell_is_nothing_to_check() -> None:
    assert_skipped(outcomes()["notify"], "alerts go to Slack alone")


def test_each_target_is_looked_at_and_none_is_told_anything() -> None:
    with HttpReceiver() as receiver:
        found = outcomes({"url": receiver.url()}, {"url": "nope://my-topic", "when": "night"})
    assert list(found) == ["notify:1", "notify:2"]
    assert_ok(found["notify:1"], "JSON: of everything", "pycam notify --test 1")
    assert_failed(found["notify:2"], "does not understand the address", do="docs/notifications.md")
    assert "my-topic" not in found["notify:2"].seen
    assert receiver.asked == 0


def test_without_apprise_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    assert_failed(
        outcomes({"url": "ntfy://x"})["notify:1"], "Apprise is not installed", do="pip install apprise"
    )
