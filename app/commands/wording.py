"""How commands say things: ages, people, names of cameras, quotations."""

from __future__ import annotations

import re
from collections.abc import Sequence

_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))
_USER_ID = re.compile(r"[UW][A-Z0-9]+")


def duration(seconds: float) -> str:
    """'2 hours', '1 day', '0 seconds': the largest unit that fits, rounded down. Negative counts as 0."""
    whole = max(0, int(seconds))
    for size, unit in _UNITS:
        if whole >= size:
            count = whole // size
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return "0 seconds"


def ago(then: float, now: float) -> str:
    """'2 hours ago'; 'just now' within two seconds."""
    return "just now" if now - then < 2 else f"{duration(now - then)} ago"


def person(by: str) -> str:
    """Who, as Slack shows it: a mention for a user id, the word itself for 'presence' and the like."""
    return f"<@{by}>" if _USER_ID.fullmatch(by) else escape(by)


def escape(text: str) -> str:
    """Text from outside, so that Slack takes no part of it for a link, a mention or a command."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def with_mentions(text: str) -> str:
    """`escape`, but people (<@U…>) stay mentions: for our own sentences that came by way of Redis."""
    return re.sub(r"&lt;@([UW][A-Z0-9]+)&gt;", r"<@\1>", escape(text))


def quote(text: str) -> str:
    """What somebody typed, short and harmless, in a code span."""
    plain = " ".join(text.split()).replace("`", "'")
    return f"`{escape(plain if len(plain) <= 40 else plain[:39] + '…')}`"


def listing(names: Sequence[str]) -> str:
    """'a', 'a and b', 'a, b and c'."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
