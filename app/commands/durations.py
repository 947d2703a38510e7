"""Lengths of time as people type them: 30m, 2h, 1d, 1h30m, '2 hours'."""

from __future__ import annotations

import re

from app.commands.request import Mistake
from app.slack.wording import quote

MIN_SECONDS = 60
MAX_SECONDS = 7 * 86_400
"""A longer mute is a decision to be without alerts: that is what a mute without an end is for."""

_GRAMMAR = re.compile(
    r"(?:(?P<d>[0-9]{1,9})\s*d(?:ays?)?)?\s*"
    r"(?:(?P<h>[0-9]{1,9})\s*h(?:(?:ou)?rs?)?)?\s*"
    r"(?:(?P<m>[0-9]{1,9})\s*m(?:in(?:ute)?s?)?)?",
    re.IGNORECASE,
)
_BARE_NUMBER = re.compile(r"[0-9]{1,9}")


def parse_duration(text: str, hint: str) -> int:
    """Seconds, MIN_SECONDS..MAX_SECONDS. Raises Mistake: what is wrong with `text`, and then `hint`."""
    typed = text.strip()
    if _BARE_NUMBER.fullmatch(typed):
        wrong = f"has no unit: say `{typed}m` for minutes or `{typed}h` for hours"
    elif not typed or not (match := _GRAMMAR.fullmatch(typed)):
        wrong = "is not a length of time such as `30m`, `2h`, `1d` or `1h30m`"
    else:
        days, hours, minutes = (int(match[unit] or 0) for unit in "dhm")
        seconds = days * 86_400 + hours * 3_600 + minutes * 60
        if MIN_SECONDS <= seconds <= MAX_SECONDS:
            return seconds
        wrong = (
            "is too long: 7 days are the most"
            if seconds > MAX_SECONDS
            else "is too short: 1 minute is the least"
        )
    raise Mistake(f"{quote(typed)} {wrong}. {hint}")
