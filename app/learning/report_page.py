"""The report as one web page that needs nothing else: style, charts and pictures are in it. Pure.

No script: it opens from a mail, a phone's downloads or a browser that allows none. What was not written here
(camera names, notes) is escaped.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from html import escape

from app.learning.evaluate import Evaluation
from app.learning.report import Report, Slice
from app.learning.report_intervals import Interval
from app.learning.report_pictures import Mistake
from app.learning.report_style import STYLE
from app.learning.report_text import percent, rate, share


def page(
    report: Report,
    evaluation: Evaluation,
    mistakes: Sequence[Mistake],
    made: float,
    zone: tzinfo | None = None,
) -> str:
    """The whole page as HTML; `made`: seconds since the epoch. Times are those of `zone` (None: this machine's)."""
    total = report.total
    days = "one day" if total.days == 1 else f"{total.days} days"
    span = f"{report.first} to {report.last}, watched on {days}" if report.first else "no sample yet"
    body = [
        "<header><h1>What the tags say</h1>",
        f"<p>{escape(span)}. Made {_time(made, zone)} by <code>pycam evaluate --html</code>.</p></header>",
        f'<section class="cards">{"".join(_cards(total))}</section>',
        _section("Hour by hour", "Tagged alerts by the hour of the day.", _hours(report.hours)),
        _section("Cameras", "", _table("camera", report.cameras)),
        _section(
            "Settings",
            "A line for each set of settings that was in force, oldest first, and what was changed.",
            _table("settings", report.settings, notes=True),
        ),
        _section(
            "The worst mistakes",
            "Missed people first, then the false alarms the person model was surest of.",
            _gallery(mistakes, len(report.mistakes), zone),
        ),
        _section(
            "The table",
            "All samples by what motion and the person model said, and whether somebody was there. "
            "Quiet samples count, too.",
            _seeds_table(evaluation),
        ),
        f"<footer>{_notes(report)}</footer>",
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><meta name="robots" content="noindex">'
        f"<title>pycam: what the tags say</title><style>{STYLE}</style></head>\n"
        "<body><main>" + "\n".join(body) + "</main></body></html>\n"
    )


def _cards(total: Slice) -> Iterable[str]:
    alerts = total.right + total.false_alarms
    yield _card(
        "Precision",
        total.precision,
        total.precision_interval,
        f"{total.right} of {alerts} tagged alerts were people",
    )
    yield _card(
        "Recall",
        total.recall,
        total.recall_interval,
        f"{total.missed} of {total.right + total.missed} tagged people were missed",
    )
    low, high = total.rate_interval or (None, None)
    value = total.false_alarms_a_day
    sure = "" if low is None or high is None else f"95 % sure: {low:.2g} to {high:.2g}"
    yield (
        f'<div class="card"><h2>False alarms a day</h2><p class="figure">{_number(value)}</p>'
        f'<p class="sure">{sure}</p><p>{total.false_alarms} in {total.days} watched days</p></div>'
    )


def _card(title: str, value: float | None, interval: Interval | None, note: str) -> str:
    figure = "–" if value is None else percent(value).replace(" ", "&thinsp;")
    sure = "" if interval is None else f"95 % sure: {percent(interval.low)} to {percent(interval.high)}"
    bar = "" if value is None or interval is None else _bar(value, interval)
    return (
        f'<div class="card"><h2>{title}</h2><p class="figure">{figure}</p>{bar}'
        f'<p class="sure">{sure}</p><p>{note}</p></div>'
    )


def _bar(value: float, interval: Interval) -> str:
    """The share, and how sure it is, on a line from 0 to 1."""
    left, width = interval.low * 100, max(1.0, (interval.high - interval.low) * 100)
    return (
        f'<div class="bar"><span class="range" style="left:{left:.1f}%;width:{width:.1f}%"></span>'
        f'<span class="mark" style="left:{value * 100:.1f}%"></span></div>'
    )


def _hours(hours: Sequence[Slice]) -> str:
    if not hours:
        return '<p class="none">Nothing is tagged yet.</p>'
    known = {one.name: one for one in hours}
    most = max(max(one.false_alarms, one.right) for one in hours) or 1
    columns = []
    for hour in range(24):
        name = f"{hour:02d}"
        one = known.get(name)
        wrong, right = (one.false_alarms, one.right) if one else (0, 0)
        title = f"{name}:00 – {right} right, {wrong} false"
        bars = "".join(
            f'<i class="{kind}" style="height:{100 * count / most:.0f}%"></i>'
            for kind, count in (("right", right), ("wrong", wrong))
        )
        columns.append(f'<li title="{title}"><span class="stack">{bars}</span><b>{name}</b></li>')
    key = (
        f'<p class="key"><i class="right"></i> people <i class="wrong"></i> false alarms'
        f'<span class="most">the tallest: {most}</span></p>'
    )
    sure = f"<details><summary>As a table, with how sure each number is</summary>{_table('hour', hours)}</details>"
    return f'{key}<ol class="hours">{"".join(columns)}</ol>{sure}'


def _table(what: str, slices: Sequence[Slice], *, notes: bool = False) -> str:
    if not slices:
        return '<p class="none">Nothing is tagged yet.</p>'
    head = [what, "alerts", "precision", "recall", "false alarms a day", *(["what changed"] if notes else [])]
    rows = []
    for one in slices:
        cells = [
            str(one.right + one.false_alarms),
            share(one.precision, one.precision_interval),
            share(one.recall, one.recall_interval),
            rate(one.false_alarms_a_day, one.rate_interval),
        ]
        numbers = "".join(
            f'<td data-label="{label}">{cell}</td>' for label, cell in zip(head[1:], cells, strict=False)
        )
        note = f'<td class="note" data-label="what changed">{escape(one.note)}</td>' if notes else ""
        rows.append(f'<tr><th scope="row">{escape(one.name)}</th>{numbers}{note}</tr>')
    heads = "".join(f'<th scope="col">{label}</th>' for label in head)
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _gallery(mistakes: Sequence[Mistake], all_of_them: int, zone: tzinfo | None) -> str:
    if not mistakes:
        return '<p class="none">None: every tag agrees with what pycam did.</p>'
    figures = []
    for one in mistakes:
        told = f"{one.camera}, {_time(one.taken, zone)}: {one.said}"
        picture = (
            f'<img src="{one.data_uri}" alt="{escape(told)}" loading="lazy">'
            if one.data_uri
            else '<p class="gone">the picture is not on this disk</p>'
        )
        figures.append(
            f"<figure>{picture}<figcaption><b>{escape(one.said)}</b><br>{escape(one.why)}.<br>"
            f"<small>{escape(one.camera)}, {_time(one.taken, zone)} <code>{escape(one.id)}</code></small>"
            "</figcaption></figure>"
        )
    rest = all_of_them - len(mistakes)
    more = f'<p class="none">And {rest} more.</p>' if rest else ""
    return f'<div class="gallery">{"".join(figures)}</div>{more}'


def _seeds_table(evaluation: Evaluation) -> str:
    rows = "".join(
        f'<tr><td data-label="motion">{_tick(row.motion_model)}</td>'
        f'<td data-label="person in the last 30">{_tick(row.person_last_30)}</td>'
        f'<td data-label="somebody there">{_tick(row.actual)}</td><td data-label="samples">{count}</td></tr>'
        for row, count in sorted(evaluation.table.items())
    )
    heads = "".join(
        f'<th scope="col">{h}</th>' for h in ("motion", "person in the last 30", "somebody there", "samples")
    )
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _notes(report: Report) -> str:
    untagged = (
        f"{report.untagged} alerts were not tagged and are not counted: the true number of false alarms is "
        "at least this. "
        if report.untagged
        else ""
    )
    return (
        f"<p>{untagged}People whom pycam never noticed are in no sample, so recall is an upper limit. "
        "Shares: Wilson's interval; rates: Poisson. Counts of a few say little, which is what the intervals say.</p>"
    )


def _section(title: str, text: str, body: str) -> str:
    return f"<section><h2>{title}</h2>{f'<p>{text}</p>' if text else ''}{body}</section>"


def _tick(value: int) -> str:
    return "yes" if value else "no"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2g}" if value < 10 else f"{value:.0f}"


def _time(moment: float, zone: tzinfo | None) -> str:
    return datetime.fromtimestamp(moment).astimezone(zone).strftime("%Y-%m-%d %H:%M")
