"""The results, as lines for people and as JSON for machines."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from app.check.check import Status
from app.check.runner import Result

JSON_VERSION = 1
"""Raised when a field changes its meaning or goes; new fields may come at any time."""

_WORDS = {Status.OK: "ok", Status.WARNING: "WARNING", Status.FAILED: "FAILED", Status.SKIPPED: "skipped"}
_STATUS_COLUMNS = 9
_GAP = 2


class Lines:
    """One result after the other, aligned. `names`: of all that will come. `columns`: None does not wrap."""

    def __init__(self, names: Iterable[str], columns: int | None = None) -> None:
        self._name_columns = max((len(name) for name in names), default=0) + _GAP
        self._columns = columns

    def of(self, result: Result) -> str:
        """Its line, and a second one with what to do."""
        left = f"{_WORDS[result.status]:<{_STATUS_COLUMNS}}{result.name:<{self._name_columns}}"
        lines = self._filled(result.seen, left)
        if result.do:
            lines += "\n" + self._filled(result.do, f"{'':<{len(left) - 4}}do: ")
        return lines

    def _filled(self, text: str, left: str) -> str:
        if self._columns is None:
            return left + text
        width = max(self._columns, len(left) + 30)
        return textwrap.fill(
            text,
            width,
            initial_indent=left,
            subsequent_indent=" " * len(left),
            break_long_words=False,
            break_on_hyphens=False,
        )


def summary(results: Sequence[Result]) -> str:
    """'12 ok, 1 warning, 2 failed, 3 skipped'."""
    counts = Counter(result.status for result in results)
    parts = [f"{counts[Status.OK]} ok"]
    if counts[Status.WARNING]:
        parts.append(f"{counts[Status.WARNING]} warning{'s' if counts[Status.WARNING] > 1 else ''}")
    parts.append(f"{counts[Status.FAILED]} failed")
    if counts[Status.SKIPPED]:
        parts.append(f"{counts[Status.SKIPPED]} skipped")
    return ", ".join(parts)


def as_json(results: Sequence[Result]) -> str:
    """{"version", "ok", "summary": {status: count}, "checks": [{"name", "status", "seen", "do", "seconds"}]}."""
    counts = Counter(result.status for result in results)
    return json.dumps(
        {
            "version": JSON_VERSION,
            "ok": not counts[Status.FAILED],
            "summary": {status.value: counts[status] for status in Status},
            "checks": [
                {
                    "name": result.name,
                    "status": result.status.value,
                    "seen": result.seen,
                    "do": result.do,
                    "seconds": round(result.seconds, 3),
                }
                for result in results
            ],
        },
        indent=2,
        ensure_ascii=False,
    )


def cleaned(text: str, redact: Callable[[str], str]) -> str:
    """On one line, without secrets, and without what would move a terminal's cursor: much of it is from outside."""
    return "".join(letter if letter.isprintable() else " " for letter in " ".join(redact(text).split()))
