"""Events as `pycam events` prints them: tables and facts for people, plain data for programs. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any

from app.history.days import local
from app.history.history import Told
from app.state.entries import Entry


def table(entries: Sequence[Entry], zone: tzinfo | None = None) -> str:
    """A line each, under a heading. Times are local."""
    rows: list[tuple[str, ...]] = [("when", "camera", "seen", "lasted", "clip", "tag", "", "id")]
    rows += [_row(entry, zone) for entry in entries]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def told_as_text(told: Told, zone: tzinfo | None = None) -> str:
    """All facts of one event, a line each."""
    event, clip = told.event, told.event.clip
    facts = [
        ("event", event.id),
        ("camera", event.camera),
        ("started", both(event.started, zone)),
        ("ended", "not yet" if event.ended is None else both(event.ended, zone)),
        ("lasted", _lasted(event.started, event.ended)),
        ("why it ended", event.end_reason),
        ("seen", _seen(event.label, event.person_score)),
        ("person model", event.person_model or event.person_problem or "none"),
        ("probably nothing", _probably_nothing(event.nothing_probability, event.quietened)),
        ("moving", f"{event.peak_area_percent:.1f} % of the picture at most, {event.frames} frames"),
        ("announced", "yes" if event.announced else f"no: {event.muted_why or 'nobody asked for it'}"),
        ("in Slack", f"channel {told.message.channel}, message {told.message.ts}" if told.message else ""),
        ("tag", f"{told.tag.tag}, by {told.tag.by}, {both(told.tag.at, zone)}" if told.tag else "none"),
        ("kept for good", _kept(told, zone)),
        ("picture", str(told.picture or "none")),
        ("clip", str(told.clip or event.clip_problem or "none")),
        (
            "",
            f"{clip.seconds:.1f} s, {clip.pre_roll_seconds:.1f} s of them before the event; "
            f"{clip.width}×{clip.height}, {clip.codec}, {clip.bytes:,} bytes"
            if clip
            else "",
        ),
    ]
    return "\n".join(f"{name:18}{_plain(fact)}" for name, fact in facts if fact)


def entry_as_plain(entry: Entry, zone: tzinfo | None = None) -> dict[str, Any]:
    """For programs: times as seconds since the epoch, and the start as text."""
    return entry.model_dump(mode="json") | _texts_of(entry.started, zone)


def told_as_plain(told: Told, zone: tzinfo | None = None) -> dict[str, Any]:
    """For programs: everything."""
    records = (("tag", told.tag), ("kept", told.kept), ("message", told.message))
    return {
        "event": told.event.model_dump(mode="json") | _texts_of(told.event.started, zone),
        **{name: record.model_dump(mode="json") if record else None for name, record in records},
        "is_kept": told.is_kept,
        "picture": str(told.picture) if told.picture else None,
        "clip": str(told.clip) if told.clip else None,
    }


def both(moment: float, zone: tzinfo | None = None) -> str:
    """'2026-11-20 15:03:01 +01:00 (2026-11-20 14:03:01 UTC)'."""
    here = local(moment, zone)
    return f"{here.isoformat(' ')[:19]} {_offset(here)} ({here.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC)"


def quoted(text: str) -> str:
    """What somebody typed, short, with nothing in it that a terminal would obey."""
    return repr(text if len(text) <= 60 else text[:60] + "…")


def _row(entry: Entry, zone: tzinfo | None) -> tuple[str, ...]:
    return (
        local(entry.started, zone).isoformat(" ")[:19],
        _plain(entry.camera),
        _plain(_seen(entry.label, entry.score)),
        _lasted(entry.started, entry.ended),
        "" if entry.clip_seconds is None else f"{entry.clip_seconds:.0f} s",
        entry.tag or "",
        "kept" if entry.kept else "",
        entry.id,
    )


def _seen(label: str, score: float | None) -> str:
    return "motion" if score is None else f"{label} {score:.0%}"


def _lasted(started: float, ended: float | None) -> str:
    """A clock that was set back meanwhile makes no negative length."""
    return "going on" if ended is None else f"{max(0.0, ended - started):.0f} s"


def _probably_nothing(probability: float | None, quietened: bool) -> str:
    if probability is None:
        return ""
    return f"{probability:.0%}{', so it was told quietly' if quietened else ''}"


def _kept(told: Told, zone: tzinfo | None) -> str:
    if told.kept:
        return f"by {told.kept.by}, {both(told.kept.at, zone)}"
    return "yes (by whom cannot be read)" if told.is_kept else "no"


def _offset(here: datetime) -> str:
    return here.isoformat()[19:]


def _texts_of(moment: float, zone: tzinfo | None) -> dict[str, str]:
    here = local(moment, zone)
    return {
        "started_utc": here.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "started_local": here.isoformat(),
    }


def _plain(text: str) -> str:
    """Records may come from elsewhere: nothing in them is to steer a terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)
