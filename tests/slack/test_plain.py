"""Slack's markup leaves, the words stay."""

from __future__ import annotations

import pytest

from app.slack.plain import as_plain
from app.slack.wording import escape, mention, when


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        (f"*front* is armed by {mention('U012AB3CD')}.", "front is armed by @U012AB3CD."),
        (f"off until {when(0)}", "off until 1970-01-01 00:00:00 UTC"),
        (":warning: no\n> source lost", "⚠ no\nsource lost"),
        (
            "see <https://cam.example.org|the page> and <https://x.example>",
            "see the page and https://x.example",
        ),
        (escape("<b>&amp; *"), "<b>&amp; *"),
        ("2 * 3 * 4", "2 * 3 * 4"),
        ("off until `/notifications_on`", "off until /notifications_on"),
    ],
)
def test_markup_goes_and_words_stay(said: str, plain: str) -> None:
    assert as_plain(said) == plain
