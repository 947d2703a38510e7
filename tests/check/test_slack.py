"""Tokens, scopes and the channel, against the local Slack."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from app.check.check import Context
from app.check.slack import channel, checks, scopes, socket, token
from app.demo.workspace import Channel, Workspace
from tests.check.builders import assert_failed, assert_ok, assert_skipped, assert_warning, context_of
from tests.fakes.tcp import refused_port


def asking(slack: Workspace, *, team: str = "", to: str | None = None, **secrets: str) -> Context:
    known = {
        "slack_api_url": slack.api_url,
        "slack_bot_token": slack.bot_token,
        "slack_app_token": slack.app_token,
    }
    where: dict[str, Any] = {"alerts_channel": slack.channel.id if to is None else to, "team_id": team}
    return context_of(slack=where, secrets=known | secrets)


def test_a_good_token_says_whose_it_is(slack: Workspace) -> None:
    assert_ok(token(asking(slack, team=slack.team_id)), "pycam in Home", slack.team_id)


def test_a_token_of_another_workspace_is_told_apart(slack: Workspace) -> None:
    outcome = token(asking(slack, team="T0ELSEWHERE"))
    assert_failed(outcome, "every command is refused", do=f"slack.team_id to {slack.team_id}")


def test_no_token_and_a_wrong_one_say_where_the_right_one_is(slack: Workspace) -> None:
    assert_failed(
        token(asking(slack, slack_bot_token="")), "SLACK_BOT_TOKEN is not set", do="SLACK_BOT_TOKEN (xoxb-"
    )
    wrong = asking(slack, slack_bot_token="xoxb-1-wrong")
    assert_failed(token(wrong), "invalid_auth", do="OAuth & Permissions")
    assert_skipped(scopes(wrong), "see slack:token")


def test_a_slack_that_is_away_is_a_matter_of_the_network() -> None:
    nobody = context_of(
        secrets={"slack_api_url": f"http://127.0.0.1:{refused_port()}/api/", "slack_bot_token": "xoxb-1"}
    )
    assert_failed(token(nobody), "cannot be reached", do="network")


@pytest.mark.parametrize("kind", ["500", "garbage", "429", "drop"])
def test_a_slack_that_is_unwell_is_a_failure_with_something_to_do(slack: Workspace, kind: Any) -> None:
    slack.faults.add("auth.test", kind)
    assert_failed(token(asking(slack)), do="slack-status.com")


def test_the_scopes_of_the_manifest_are_enough(slack: Workspace) -> None:
    outcome = scopes(asking(slack))
    assert_ok(outcome, "commands, chat:write, files:write, files:read")
    assert "not needed" not in outcome.seen


def test_missing_scopes_are_named_and_surplus_ones_mentioned() -> None:
    with Workspace(scopes=("commands", "chat:write", "files:write")) as slack:
        assert_failed(scopes(asking(slack)), "missing: files:read", do="pycam manifest")
    with Workspace(scopes=("commands", "chat:write", "files:write", "files:read", "users:read")) as slack:
        assert_ok(scopes(asking(slack)), "not needed: users:read")


def test_a_slack_that_does_not_tell_scopes_is_a_warning(slack: Workspace) -> None:
    slack.tokens[slack.bot_token] = frozenset()
    assert_warning(scopes(asking(slack)), "does not say", do="pycam manifest")


def test_posting_is_rehearsed_and_leaves_nothing_behind(slack: Workspace) -> None:
    assert_ok(channel(asking(slack)), "rehearsed")
    assert [request.method for request in slack.requests] == [
        "chat.scheduleMessage",
        "chat.deleteScheduledMessage",
    ]
    assert slack.messages() == []
    (scheduled, taken_back) = slack.requests
    assert scheduled.ok and taken_back.ok


def test_a_rehearsal_that_cannot_be_taken_back_is_said(slack: Workspace) -> None:
    slack.faults.add("chat.deleteScheduledMessage", "500")
    assert_warning(channel(asking(slack)), "may post", "HTTP 500", do="deleteScheduledMessage")


def test_send_posts_one_message_and_rehearses_nothing(slack: Workspace) -> None:
    assert_ok(channel(replace(asking(slack), send=True)), slack.channel.id)
    (message,) = slack.messages()
    assert "pycam check" in message.text
    assert slack.calls("chat.scheduleMessage") == []


@pytest.mark.parametrize("send", [False, True])
@pytest.mark.parametrize("private", [False, True])
def test_a_channel_without_the_bot_says_how_to_invite_it(private: bool, send: bool) -> None:
    with Workspace(channels=[Channel("C0ALONE", "alone", bot_is_member=False, is_private=private)]) as slack:
        outcome = channel(replace(asking(slack), send=send))
        assert_failed(outcome, "C0ALONE", do="/invite @pycam")


def test_a_channel_that_is_none_or_not_set_is_a_failure(slack: Workspace) -> None:
    assert_failed(channel(asking(slack, to="C0NOWHERE")), "channel_not_found", do="slack.alerts_channel")
    assert_failed(channel(asking(slack, to="")), "not set", do="slack.alerts_channel")


def test_without_chat_write_the_scope_is_what_is_missing() -> None:
    with Workspace(scopes=("commands",)) as slack:
        assert_failed(channel(asking(slack)), "missing_scope", do="install the app again")


def test_without_a_token_only_the_token_is_a_failure(slack: Workspace) -> None:
    assert_skipped(channel(asking(slack, slack_bot_token="")), "see slack:token")


def test_the_app_level_token_is_tried_without_opening_a_connection(slack: Workspace) -> None:
    assert_ok(socket(asking(slack)), "may open")
    assert [request.method for request in slack.requests] == ["apps.connections.open"]


def test_socket_mode_is_optional(slack: Workspace) -> None:
    assert_skipped(socket(asking(slack, slack_app_token="")), "SLACK_APP_TOKEN is not set")


def test_the_wrong_kind_of_token_for_socket_mode_is_told_apart(slack: Workspace) -> None:
    mixed_up = asking(slack, slack_app_token=slack.bot_token)
    assert_failed(socket(mixed_up), "not_allowed_token_type", do="xapp-")
    assert_failed(socket(asking(slack, slack_app_token="xapp-1-wrong")), "invalid_auth", do="SLACK_APP_TOKEN")


def test_no_outcome_shows_a_token(slack: Workspace) -> None:
    for context in (
        asking(slack),
        asking(slack, slack_bot_token="xoxb-1-wrong", slack_app_token="xapp-1-wrong"),
    ):
        for check in checks(context):
            outcome = check.run()
            for secret in (slack.bot_token, slack.app_token, "xoxb-1-wrong", "xapp-1-wrong"):
                assert secret not in outcome.seen + outcome.do
