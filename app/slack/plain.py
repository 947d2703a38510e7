"""What pycam says in Slack, for where there is no Slack: the markup goes, the words stay. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable

from app.slack.wording import utc

_DATE = re.compile(r"<!date\^(\d{1,12})\^[^|>]*\|[^>]*>")
_MENTION = re.compile(r"<@([UW][A-Z0-9]+)>")
_LINK = re.compile(r"<(https?://[^|>]+)(?:\|([^>]*))?>")
_BOLD = re.compile(r"(?<![\w*])\*(?!\s)([^*\n]+?)(?<!\s)\*(?![\w*])")
_CODE = re.compile(r"`([^`\n]+)`")
_EMOJI = {
    ":warning:": "⚠",
    ":red_circle:": "●",
    ":large_green_circle:": "●",
    ":white_check_mark:": "✓",
    ":hourglass:": "",
    ":label:": "",
}
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


def as_plain(mrkdwn: str, say: Callable[[float], str] = utc) -> str:
    """One of our own texts without Slack's markup. It is text: whoever shows it as HTML escapes it.

    `say` gives the words for a time (seconds since the epoch), which Slack would show in the reader's own zone.
    """
    text = _DATE.sub(lambda date: say(float(date[1])), mrkdwn)
    text = _MENTION.sub(r"@\1", text)
    text = _LINK.sub(lambda link: link[2] or link[1], text)
    text = _CODE.sub(r"\1", _BOLD.sub(r"\1", text))
    for name, sign in _EMOJI.items():
        text = text.replace(name, sign)
    text = re.sub(r"^> ", "", text, flags=re.MULTILINE)
    for entity, character in _ENTITIES:
        text = text.replace(entity, character)
    return text.strip()
