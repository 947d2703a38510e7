"""Lengths of time as people type them: 30m, 2h, 1d, 1h30m, '2 hours'."""

from __future__ import annotations

import re

MIN_SECONDS = 60
MAX_SECONDS = 7 * 86_400
"""A longer mute is a decision to be without alerts: that is what a mute without an end is for."""

_GRAMMAR = re.compile(
    r"(?:(?P<d>[0-9]{1,3})\s*d(?:ays?)?)?\s*"
    r"(?:(?P<h>[0-9]{1,3})\s*h(?:(?:ou)?rs?)?)?\s*"
    r"(?:(?P<m>[0-9]{1,5})\s*m(?:in(?:ute)?s?)?)?",
    re.IGNORECASE,
)


def parse_duration(text: str) -> int | None:
    """Seconds, MIN_SECONDS..MAX_SECONDS; None for everything else."""
    match = _GRAMMAR.fullmatch(text.strip())
    if match is None:
        return None
    days, hours, minutes = (int(match[unit] or 0) for unit in "dhm")
    seconds = days * 86_400 + hours * 3_600 + minutes * 60
    return seconds if MIN_SECONDS <= seconds <= MAX_SECONDS else None
