"""How the pages say things: times of this house, lengths, how sure. Filters of the templates. Pure."""

from __future__ import annotations

from flask import Flask

from app.history.days import local
from app.slack.plain import as_plain
from app.slack.wording import duration, sureness, with_article


def clock(moment: float) -> str:
    """'14:03:21', of this house."""
    return local(moment).strftime("%H:%M:%S")


def day(moment: float) -> str:
    """'Friday, 20 November 2026', of this house."""
    at = local(moment)
    return f"{at:%A}, {at.day} {at:%B %Y}"


def moment(at: float) -> str:
    """'2026-11-20 14:03:21 +01:00': no doubt which hour is meant, also in the night when clocks are set back."""
    return local(at).isoformat(sep=" ")


def plain(mrkdwn: str) -> str:
    """One of pycam's sentences for Slack, with the times of this house."""
    return as_plain(mrkdwn, lambda at: local(at).strftime("%-d %b %H:%M:%S"))


def percent(score: float | None) -> str:
    """'87 %', or nothing where nobody was looked for."""
    return "" if score is None else f"{round(min(max(score, 0.0), 1.0) * 100)} %"


def size(count: int) -> str:
    """'3.4 MB'."""
    return f"{count / 1e6:.1f} MB" if count >= 100_000 else f"{max(1, round(count / 1e3))} kB"


def speak(app: Flask) -> None:
    """Give the templates these words."""
    app.jinja_env.filters.update(
        clock=clock,
        day=day,
        moment=moment,
        percent=percent,
        size=size,
        duration=duration,
        plain=plain,
        sureness=sureness,
        with_article=with_article,
    )
