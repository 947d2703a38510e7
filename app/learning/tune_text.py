"""A tuning for people: what would change, before and after side by side, and how far to trust it. Pure."""

from __future__ import annotations

from typing import Any

from app.learning.report_intervals import wilson
from app.learning.report_text import how_many, in_days, percent
from app.learning.tune import Tuned
from app.learning.tune_check import Replayed
from app.learning.tune_clips import NO_CLIP, NO_CLIP_OF_PEOPLE, NO_MODEL, NO_TIME, SILENT, UNREADABLE_CLIP
from app.learning.tune_evidence import NO_EVENT
from app.learning.tune_knobs import SECTION, Knobs, Polygon, turns

_NOT_LEFT_OUT = {NO_EVENT, NO_CLIP, NO_CLIP_OF_PEOPLE, UNREADABLE_CLIP, SILENT, NO_TIME, NO_MODEL}
"""Of these alerts something counts all the same."""

RESTART = "Running processes that it concerns start anew with it by themselves, within seconds."


def as_text(tuned: Tuned) -> str:
    """All of it."""
    counted = (
        f"{how_many(tuned.false_alarms + tuned.people, 'tagged alert')} of {in_days(tuned.days)}: "
        f"{tuned.people} with somebody, {how_many(tuned.false_alarms, 'false alarm')}"
    )
    left = [
        f"{'' if reason in _NOT_LEFT_OUT else 'left out: '}{count} {reason}"
        for reason, count in tuned.left_out.items()
        if count
    ]
    if tuned.knobs is None:
        return "\n".join([counted, *left, "", f"Nothing is proposed: {tuned.why}."])
    changes = "\n".join(f"  {line}" for line in summary(tuned.start, tuned.knobs))
    return "\n".join(
        [counted, *left, "", f"Proposed:\n{changes}", "", table(tuned), "", *gains(tuned), "", *trust(tuned)]
    )


def summary(start: Knobs, knobs: Knobs) -> list[str]:
    """One line a change."""
    lines = []
    for camera, polygons in sorted(knobs.masks.items()):
        share = sum(map(_area, polygons))
        lines.append(
            f"{camera}: motion in the {_where(polygons)} does not count ({percent(share)} of the picture)"
        )
    for name, section in SECTION.items():
        before, after = getattr(start, name), getattr(knobs, name)
        if before != after and before is not None and after is not None:
            lines.append(f"{section}.{name} {_short(before)} → {_short(after)}")
    return lines


def table(tuned: Tuned) -> str:
    """The seed's table with before and after."""
    after = tuned.after if tuned.after is not None else tuned.before
    lines = ["| motion_model | person_last_30 | actual | before | after |", "|---|---|---|---|---|"]
    lines += [
        f"| {row[0]} | {row[1]} | {row[2]} | {tuned.before[row]} | {after[row]} |"
        for row in sorted({*tuned.before, *after})
    ]
    return "\n".join(lines)


def table_in_words(tuned: Tuned) -> str:
    """The same, narrow enough for a phone, with 1 and 0 as yes and no."""
    after = tuned.after if tuned.after is not None else tuned.before
    lines = ["motion  person  there  before  after"]
    for row in sorted({*tuned.before, *after}):
        motion, person, there = ("yes" if value else "no" for value in row)
        lines.append(f"{motion:8}{person:8}{there:7}{tuned.before[row]:6}{after[row]:7}")
    return "\n".join(lines)


def gains(tuned: Tuned) -> list[str]:
    """The numbers people decide by."""
    lines = [
        f"false alarms    {tuned.false_alarms} → {tuned.false_alarms - tuned.gone}",
        f"people told of  {tuned.people} → {tuned.people}",
    ]
    if tuned.knobs is not None and turns(tuned.start, tuned.knobs):
        lines.append(f"told later by   {tuned.delay_seconds:.1f} s at most")
    return lines


def trust(tuned: Tuned) -> list[str]:
    """How it fared where it had not looked, and what even that cannot promise."""
    lines = []
    if (unseen := tuned.unseen) is not None:
        lines.append(
            f"Each day judged by the other days alone: {unseen.gone} of {unseen.false_alarms} false alarms gone, "
            f"{unseen.lost} of {unseen.people} people lost."
        )
        if (risk := wilson(unseen.lost, unseen.people)) is not None:
            lines.append(
                f"So of people to come at most {percent(risk.high)} would be lost (95 % sure); "
                "more tags make this less."
            )
    for what, played in (("Pictures", tuned.replayed), ("Whole clips", tuned.filmed)):
        if played is not None and played.gone_of + played.kept_of:
            lines.append(
                f"{what} played through the eyes again: {played.gone} of {played.gone_of} false alarms stay quiet, "
                f"{played.kept} of {played.kept_of} people alert."
            )
    if tuned.not_played:
        lines.append(f"For the pictures of {how_many(tuned.not_played, 'older alert')} there was no time.")
    if tuned.knobs is not None and tuned.knobs.confirm_below != tuned.start.confirm_below:
        lines.append("Who is seen but once, and not surely, is still counted as seen in the table.")
    if tuned.knobs is not None and tuned.knobs.masks:
        lines.append("A mask fits where the camera looks now; after turning it, undo.")
    return lines


def as_plain(tuned: Tuned) -> dict[str, Any]:
    """The same for programs."""

    def knobs(of: Knobs) -> dict[str, Any]:
        masks = {camera: [list(map(list, polygon)) for polygon in p] for camera, p in of.masks.items()}
        return {**{name: getattr(of, name) for name in SECTION}, "masks": masks}

    def counts(of: Replayed | None) -> dict[str, int] | None:
        return (
            None
            if of is None
            else {name: getattr(of, name) for name in ("gone", "gone_of", "kept", "kept_of")}
        )

    return {
        "false_alarms": tuned.false_alarms,
        "people": tuned.people,
        "days": tuned.days,
        "left_out": dict(+tuned.left_out),
        "why_not": tuned.why,
        "now": knobs(tuned.start),
        "proposed": None if tuned.knobs is None else knobs(tuned.knobs),
        "gone": tuned.gone,
        "table": [
            {**row._asdict(), "before": tuned.before[row], "after": (tuned.after or tuned.before)[row]}
            for row in sorted({*tuned.before, *(tuned.after or {})})
        ],
        "unseen": tuned.unseen and tuned.unseen._asdict(),
        "replayed": counts(tuned.replayed),
        "filmed": counts(tuned.filmed),
        "not_played": tuned.not_played,
        "delay_seconds": round(tuned.delay_seconds, 2),
    }


def _short(value: float) -> str:
    """Without the digits that arithmetic leaves behind."""
    return f"{round(value, 2):g}"


def _area(polygon: Polygon) -> float:
    """Of a rectangle as tune_masks makes them."""
    (left, top), _, (right, bottom), _ = polygon
    return (right - left) * (bottom - top)


def _where(polygons: tuple[Polygon, ...]) -> str:
    """'upper left', by the middle of all of it."""
    total = sum(map(_area, polygons))
    x = sum(_area(p) * (p[0][0] + p[2][0]) / 2 for p in polygons) / total
    y = sum(_area(p) * (p[0][1] + p[2][1]) / 2 for p in polygons) / total
    words = (("upper", "", "lower")[min(int(y * 3), 2)], ("left", "middle", "right")[min(int(x * 3), 2)])
    return " ".join(filter(None, words))
