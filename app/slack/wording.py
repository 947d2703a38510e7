"""The words every message and answer shares: times, lengths of time, people, lists, quotations. Pure.

Whatever was not written by pycam goes through `escape`, `mention`, `with_mentions` or `quote`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise

MAX_FOREIGN = 300
"""Characters kept of anything not written here: escaped (×5 at most) it still fits a section's 3000."""

MAX_QUOTED = 40

_USER = r"[UW][A-Z0-9]+"
_USER_ID = re.compile(_USER)
_ESCAPED_MENTION = re.compile(f"&lt;@({_USER})&gt;")

_SURENESS = ((0.8, "clearly"), (0.6, "most likely"), (0.45, "probably"))

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def when(moment: float) -> str:
    """A time that Slack shows in the reader's own zone; UTC where it cannot."""
    return f"<!date^{int(moment)}^{{date_short_pretty}} {{time_secs}}|{utc(moment)}>"


def utc(moment: float) -> str:
    """'2026-11-20 14:03:21 UTC', for where Slack shows plain text only."""
    return datetime.fromtimestamp(int(moment), UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def duration(seconds: float) -> str:
    """'12 s', '2 min 5 s', '3 h 4 min', '2 d 1 h': the two largest units. Negative counts as 0."""
    whole = max(0, round(seconds))
    for (size, unit), (part, smaller) in pairwise(_UNITS):
        if whole >= size:
            rest = whole % size // part
            return f"{whole // size} {unit} {rest} {smaller}" if rest else f"{whole // size} {unit}"
    return f"{whole} s"


def ago(then: float, now: float) -> str:
    """'2 h ago'; 'just now' within two seconds, and where the clocks disagree."""
    return "just now" if now - then < 2 else f"{duration(now - then)} ago"


def sureness(score: float) -> str:
    """A detector's score, 0..1, as a word. It is no probability: what each word is worth by day and by night is
    measured in docs/person.md, and in your own house `pycam evaluate` tells."""
    for least, word in _SURENESS:
        if score >= least:
            return word
    return "perhaps"


def with_article(noun: str) -> str:
    """'a person', 'an umbrella'."""
    return f"an {noun}" if noun[:1].lower() in "aeiou" else f"a {noun}"


def mention(by: str) -> str:
    """Who: '<@U…>' for a user id, the (escaped) word itself for 'presence' and the like."""
    return f"<@{by}>" if _USER_ID.fullmatch(by) else escape(by)


def escape(text: str) -> str:
    """Text from elsewhere, clipped, with nothing in it that Slack takes for a link, a mention or a command."""
    return clip(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def with_mentions(text: str) -> str:
    """`escape`, but people (<@U…>) stay mentions: for our own sentences that came by way of Redis."""
    return _ESCAPED_MENTION.sub(r"<@\1>", escape(text))


def quote(text: str) -> str:
    """What somebody typed, short and harmless, in a code span."""
    return f"`{escape(clip(text, MAX_QUOTED).replace('`', chr(39)))}`"


def clip(text: str, most: int = MAX_FOREIGN) -> str:
    """One line of `most` characters at most; for plain text, where nothing needs escaping."""
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= most else one_line[: most - 1] + "…"


def listing(names: Sequence[str], last: str = "and") -> str:
    """'a', 'a and b', 'a, b and c'."""
    return f" {last} ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
