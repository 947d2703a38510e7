"""The report as text for a terminal. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from app.learning.report import Report, Slice
from app.learning.report_intervals import Interval

_HEAD = ("", "alerts tagged", "precision", "recall", "false alarms a day", "")


def as_text(report: Report) -> str:
    """All of it, and its parts by camera, hour and settings where there is more than one; '' without a tag."""
    total = report.total
    if not total.right + total.false_alarms + total.missed:
        return ""
    parts = [
        f"What people were told, {report.first} to {report.last} ({in_days(total.days)}); in brackets: where it "
        "lies, 95 % sure",
        _table([total]),
    ]
    for title, slices in (
        ("by camera", report.cameras),
        ("by hour", report.hours),
        ("by settings", report.settings),
    ):
        if len(slices) > 1:
            parts.append(f"{title}\n{_table(slices)}")
    return "\n\n".join(parts)


def share(value: float | None, interval: Interval | None) -> str:
    """'86 % (79–91)'."""
    if value is None or interval is None:
        return "–"
    return f"{percent(value)} ({interval.low * 100:.0f}–{interval.high * 100:.0f})"


def percent(value: float) -> str:
    """'86 %' of 0.86."""
    return f"{value * 100:.0f} %"


def rate(value: float | None, interval: Interval | None) -> str:
    """'1.4 (0.9–2.1)'."""
    if value is None or interval is None:
        return "–"
    return f"{_short(value)} ({_short(interval.low)}–{_short(interval.high)})"


def in_days(count: int) -> str:
    """'1 day', '8 days'."""
    return how_many(count, "day")


def how_many(count: int, thing: str) -> str:
    """'1 false alarm', '8 false alarms'."""
    return f"{count} {thing}{'' if count == 1 else 's'}"


def _short(value: float) -> str:
    """Two digits are all that such counts bear."""
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"


def _table(slices: Iterable[Slice]) -> str:
    rows = [_HEAD, *(_row(one) for one in slices)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _row(one: Slice) -> tuple[str, ...]:
    return (
        one.name,
        str(one.right + one.false_alarms),
        share(one.precision, one.precision_interval),
        share(one.recall, one.recall_interval),
        rate(one.false_alarms_a_day, one.rate_interval),
        one.note,
    )
