"""What pycam says in Slack, for where there is no Slack: the markup goes, the words stay. Pure."""

from __future__ import annotations

import re

_DATE = re.compile(r"<!date\^\d+\^[^|>]*\|([^>]*)>")
_MENTION = re.compile(r"<@([UW][A-Z0-9]+)>")
_LINK = re.compile(r"<(https?://[^|>]+)(?:\|([^>]*))?>")
_BOLD = re.compile(r"(?<![\w*])\*(?!\s)([^*\n]+?)(?<!\s)\*(?![\w*])")
_EMOJI = {
    ":warning:": "⚠",
    ":red_circle:": "●",
    ":large_green_circle:": "●",
    ":hourglass:": "",
    ":label:": "",
}
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


def as_plain(mrkdwn: str) -> str:
    """One of our own texts without Slack's markup. It is text: whoever shows it as HTML escapes it."""
    text = _DATE.sub(r"\1", mrkdwn)
    text = _MENTION.sub(r"@\1", text)
    text = _LINK.sub(lambda link: link[2] or link[1], text)
    text = _BOLD.sub(r"\1", text)
    for name, sign in _EMOJI.items():
        text = text.replace(name, sign)
    text = re.sub(r"^> ", "", text, flags=re.MULTILINE)
    for entity, character in _ENTITIES:
        text = text.replace(entity, character)
    return text.strip()
