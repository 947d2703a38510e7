"""Slack: the token, what it may, the channel, and the token of Socket Mode."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from app.check.check import Check, Context, Outcome, failed, ok, skipped, warning
from app.commands.manifest import BOT_SCOPES
from app.slack.client import SlackClient
from app.slack.errors import SlackError
from app.slack.probe import SlackProbe
from app.slack.socket_mode import SocketMode

REHEARSAL_SECONDS = 100 * 86_400
"""How far ahead the rehearsed message is scheduled: time to take it back by hand. Slack's limit is 120 days."""

SECONDS = 40
"""Three calls, each of which may take ten."""

_SIGN_IN = "put SLACK_BOT_TOKEN (xoxb-…, from OAuth & Permissions) into private.yml"
_NETWORK = "look at this machine's network (`ping slack.com`) and clock; Slack's own state: slack-status.com"
_SCOPES = "make the app's scopes those of `pycam manifest` (OAuth & Permissions), then install the app again"
_INVITE = "invite the bot: type /invite @pycam in the channel, and check slack.alerts_channel"


def checks(context: Context) -> Iterator[Check]:
    """slack:token, slack:scopes, slack:channel, slack:socket."""
    yield Check("slack:token", partial(token, context), SECONDS)
    yield Check("slack:scopes", partial(scopes, context), SECONDS)
    yield Check("slack:channel", partial(channel, context), SECONDS)
    yield Check("slack:socket", partial(socket, context), SECONDS)


def token(context: Context) -> Outcome:
    """auth.test, and whether it is the workspace of the settings."""
    if not context.settings.secrets.slack_bot_token.get_secret_value():
        return failed("SLACK_BOT_TOKEN is not set: no alert can go out", _SIGN_IN)
    try:
        who = _probe(context).identity()
    except SlackError as error:
        return _refused(error)
    wanted = context.settings.slack.team_id
    if wanted and wanted != who.team_id:
        return failed(
            f"the token is of {who.team} ({who.team_id}), slack.team_id is {wanted}: every command is refused",
            f"set slack.team_id to {who.team_id}, or take the token of the other workspace",
        )
    return ok(f"{who.user} in {who.team} ({who.team_id})")


def scopes(context: Context) -> Outcome:
    """What the token may, against what pycam's manifest asks for."""
    try:
        held = _probe(context).identity().scopes
    except SlackError:
        return skipped("see slack:token")
    if held is None:
        return warning("Slack does not say what the token may", _SCOPES)
    if missing := [scope for scope in BOT_SCOPES if scope not in held]:
        return failed(f"missing: {', '.join(missing)}", _SCOPES)
    more = sorted(held.difference(BOT_SCOPES))
    return ok(", ".join(BOT_SCOPES) + (f"; and not needed: {', '.join(more)}" if more else ""))


def channel(context: Context) -> Outcome:
    """Whether the bot may post in the alerts channel: rehearsed, or done if that is wished."""
    secrets, to = context.settings.secrets, context.settings.slack.alerts_channel
    bot_token = secrets.slack_bot_token.get_secret_value()
    if not to:
        return failed(
            "slack.alerts_channel is not set: alerts have nowhere to go",
            "set slack.alerts_channel to the channel's id (C…: channel, About)",
        )
    if not bot_token:
        return skipped("see slack:token")
    try:
        if context.send:
            SlackClient(bot_token, base_url=secrets.slack_api_url).post(to, "pycam check: alerts come here.")
            return ok(f"a test message is in {to}")
        return _rehearsed(context, to)
    except SlackError as error:
        if error.code in ("not_in_channel", "channel_not_found"):
            return failed(f"the bot is not in {to}, or there is no such channel ({error.code})", _INVITE)
        return _refused(error)


def _rehearsed(context: Context, to: str) -> Outcome:
    rehearsal = _probe(context).rehearse_post(
        to,
        "pycam check: scheduled to see whether pycam may post here. It should have been taken back.",
        context.now() + REHEARSAL_SECONDS,
    )
    if rehearsal.left_behind:
        return warning(
            f"the bot may post in {to}, but the rehearsed message stays scheduled ({rehearsal.left_behind})",
            "it appears in 100 days, unless it is deleted with chat.deleteScheduledMessage",
        )
    return ok(f"the bot may post in {to} (rehearsed; --send posts a message)")


def socket(context: Context) -> Outcome:
    """The app-level token. No connection is opened: Slack would send it every other command of the house."""
    secrets = context.settings.secrets
    app_token = secrets.slack_app_token.get_secret_value()
    if not app_token:
        return skipped("SLACK_APP_TOKEN is not set; only `pycam socket` (Socket Mode) needs it")
    try:
        SocketMode(app_token, base_url=secrets.slack_api_url).address()
    except SlackError as error:
        return _refused(error)
    return ok("the app-level token may open Socket Mode connections")


def _probe(context: Context) -> SlackProbe:
    secrets = context.settings.secrets
    return SlackProbe(secrets.slack_bot_token.get_secret_value(), base_url=secrets.slack_api_url)


def _refused(error: SlackError) -> Outcome:
    if not error.advice:
        return failed(str(error), _NETWORK)
    return failed(str(error).removesuffix(f"; {error.advice}"), error.advice)
