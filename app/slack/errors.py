"""What went wrong when talking to Slack, said once: does waiting help, for how long, and who has to act.

Codes: the error lists of chat.postMessage, chat.update, files.* on docs.slack.dev/reference/methods.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isnan
from typing import Any

INVALID_BLOCKS = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"})
"""The layout was refused, not the words: the same text without blocks may still go out."""

MESSAGE_GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
"""The message to edit was deleted, or is not ours to edit any more."""

UPLOAD_REFUSED = frozenset(
    {"file_upload_size_restricted", "file_uploads_disabled", "slack_file_storage_limit"}
)
"""The workspace takes no such file; words still go out."""

LONGEST_RETRY_AFTER_SECONDS = 3600.0
"""Slack asks for seconds to minutes; a nonsense header must not silence the alarm for a day."""

TRIGGER_OVER = frozenset(
    {"expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id", "trigger_expired"}
)
"""A dialog may be opened once, within three seconds of what somebody did."""

_PERMANENT = (
    INVALID_BLOCKS
    | MESSAGE_GONE
    | UPLOAD_REFUSED
    | TRIGGER_OVER
    | {
        "view_too_large",
        "not_enabled",  # the Home tab, in the app's manifest
        "msg_too_long",
        "no_text",
        "too_many_attachments",
        "invalid_arguments",
        "invalid_arg_name",
        "invalid_array_arg",
        "invalid_charset",
        "invalid_form_data",
        "invalid_json",
        "json_not_object",
        "invalid_post_type",
        "unknown_method",
        "method_deprecated",
        "deprecated_endpoint",
        "thread_not_found",
        "cannot_reply_to_message",
        "file_not_found",
        "file_deleted",
        "cant_delete_file",
    }
)

_PASSING = frozenset(
    {
        "ratelimited",
        "rate_limited",
        "message_limit_exceeded",
        "internal_error",
        "fatal_error",
        "service_unavailable",
        "request_timeout",
        "team_added_to_org",
    }
)

_SIGN_IN = "put a valid SLACK_BOT_TOKEN (xoxb-…, from OAuth & Permissions) into private.yml and restart"
_INVITE = "invite the bot: type /invite @pycam in the channel, and check slack.alerts_channel"
_ADMIN = "ask the workspace's administrator to let the app post there"

_OWNER_MUST = {
    "not_authed": _SIGN_IN,
    "invalid_auth": _SIGN_IN,
    "account_inactive": _SIGN_IN,
    "token_revoked": _SIGN_IN,
    "token_expired": _SIGN_IN,
    "not_allowed_token_type": _SIGN_IN,
    "missing_scope": "add the missing scope under OAuth & Permissions and install the app again",
    "no_permission": "add the missing scope under OAuth & Permissions and install the app again",
    "not_in_channel": _INVITE,
    "channel_not_found": _INVITE,
    "is_archived": "unarchive the channel, or set slack.alerts_channel to another one",
    "restricted_action": _ADMIN,
    "restricted_action_read_only_channel": _ADMIN,
    "restricted_action_thread_only_channel": _ADMIN,
    "posting_to_general_channel_denied": _ADMIN,
    "team_access_not_granted": _ADMIN,
    "access_denied": _ADMIN,
    "ekm_access_denied": _ADMIN,
    "accesslimited": "allow this network under the app's IP addresses",
    "two_factor_setup_required": _ADMIN,
    "org_login_required": _ADMIN,
}

CHANNEL_CODES = frozenset({"not_in_channel", "channel_not_found", "is_archived"})
"""It is this channel; others may work."""


class SlackError(Exception):
    """Slack, or the way to it, refused. Its text is a sentence for a log or a report, with no secret in it.

    `permanent`: the same request can never succeed. `retry_after`: seconds Slack asked to wait.
    `advice`: what the owner has to do; empty when waiting is all it takes.
    `understood` is False for an answer nobody foresaw: worth a few tries, not for ever.
    """

    def __init__(
        self,
        message: str,
        *,
        permanent: bool = False,
        retry_after: float | None = None,
        code: str = "",
        advice: str = "",
        understood: bool = True,
    ) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.retry_after = retry_after
        self.code = code
        self.advice = advice
        self.understood = understood


def refusal(method: str, answer: Mapping[str, Any]) -> SlackError:
    """The error for `answer` = {"ok": false, "error": CODE, …} to `method`."""
    code = str(answer.get("error") or "unknown")
    said = f"Slack refused {method}: {code}"
    if needed := answer.get("needed"):
        said += f" (needs {needed})"
    metadata = answer.get("response_metadata")
    if isinstance(metadata, Mapping) and (details := metadata.get("messages")):
        said += f" ({'; '.join(str(detail) for detail in details)[:300]})"
    advice = _OWNER_MUST.get(code, "")
    if advice:
        said += f"; {advice}"
    known = code in _PERMANENT or code in _PASSING or bool(advice)
    return SlackError(said, permanent=code in _PERMANENT, code=code, advice=advice, understood=known)


def bad_status(what: str, status: int, headers: Mapping[str, str]) -> SlackError:
    """The error for an HTTP status that Slack's own answer does not explain.

    Not permanent by itself: a proxy or a hotel's log-in page answers with anything, and an alert must outlive it.
    """
    if status == 429:
        return rate_limited(what, seconds_of(headers))
    return SlackError(
        f"{what} was answered with HTTP {status}",
        permanent=status == 413,  # too large stays too large
        retry_after=seconds_of(headers),
        code=f"http_{status}",
    )


def rate_limited(what: str, seconds: float | None) -> SlackError:
    """Too many requests; wait `seconds` if Slack said how long."""
    wait = "" if seconds is None else f" for {seconds:.0f} s"
    return SlackError(f"Slack asks to wait{wait} before {what}", retry_after=seconds, code="ratelimited")


def seconds_of(headers: Mapping[str, str]) -> float | None:
    """Retry-After in seconds, bounded; None if it is missing or no number."""
    for name, value in headers.items():
        if name.lower() == "retry-after":
            try:
                seconds = float(value)
            except ValueError:
                return None
            return None if isnan(seconds) else min(max(0.0, seconds), LONGEST_RETRY_AFTER_SECONDS)
    return None
