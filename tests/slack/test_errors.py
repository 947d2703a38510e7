"""Which refusals waiting can cure, and what the owner is told about the others."""

from __future__ import annotations

import pytest

from app.slack.errors import LONGEST_RETRY_AFTER_SECONDS, bad_status, refusal, seconds_of


@pytest.mark.parametrize(
    "code", ["ratelimited", "internal_error", "fatal_error", "service_unavailable", "team_added_to_org"]
)
def test_what_passes_by_itself_is_tried_again_and_asks_nobody(code: str) -> None:
    error = refusal("chat.postMessage", {"ok": False, "error": code})
    assert (error.permanent, error.advice, error.understood) == (False, "", True)


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("invalid_auth", "SLACK_BOT_TOKEN"),
        ("token_revoked", "SLACK_BOT_TOKEN"),
        ("account_inactive", "SLACK_BOT_TOKEN"),
        ("missing_scope", "scope"),
        ("not_in_channel", "/invite @pycam"),
        ("channel_not_found", "/invite @pycam"),
        ("is_archived", "unarchive"),
    ],
)
def test_what_the_owner_can_mend_is_tried_again_and_says_how(code: str, advice: str) -> None:
    error = refusal("chat.postMessage", {"ok": False, "error": code})
    assert not error.permanent
    assert advice in error.advice
    assert advice in str(error)


@pytest.mark.parametrize("code", ["invalid_blocks", "msg_too_long", "no_text", "message_not_found"])
def test_what_can_never_succeed_is_permanent(code: str) -> None:
    assert refusal("chat.update", {"ok": False, "error": code}).permanent


def test_a_code_nobody_foresaw_is_worth_a_few_tries_only() -> None:
    error = refusal("chat.postMessage", {"ok": False, "error": "mercury_in_retrograde"})
    assert (error.permanent, error.understood) == (False, False)


def test_slacks_details_are_kept_for_the_reader() -> None:
    answer = {
        "ok": False,
        "error": "missing_scope",
        "needed": "files:read",
        "response_metadata": {"messages": ["[ERROR] look here"]},
    }
    assert "needs files:read" in str(refusal("files.info", answer))
    assert "look here" in str(refusal("files.info", answer))


@pytest.mark.parametrize(
    ("status", "permanent"), [(301, False), (403, False), (407, False), (413, True), (503, False)]
)
def test_a_status_without_slacks_own_answer_is_permanent_only_where_it_must_be(
    status: int, permanent: bool
) -> None:
    assert bad_status("chat.postMessage", status, {}).permanent is permanent


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        ("1e12", LONGEST_RETRY_AFTER_SECONDS),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_read_with_care(header: str, seconds: float | None) -> None:
    assert seconds_of({"retry-after": header}) == seconds
    assert bad_status("x", 503, {"Retry-After": header}).retry_after == seconds


def test_a_retry_after_that_is_not_a_number_is_no_number() -> None:
    assert seconds_of({"Retry-After": "nan"}) is None
    assert seconds_of({}) is None
