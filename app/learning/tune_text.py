"""A tuning for people: what would change, before and after side by side, and how far to trust it. Pure."""

from __future__ import annotations

from typing import Any

from app.learning.report_intervals import wilson
from app.learning.report_text import in_days, percent
from app.learning.tune import Tuned
from app.learning.tune_evidence import NO_EVENT
from app.learning.tune_judge import Knobs, Polygon

RESTART = "Running processes that it concerns start anew with it by themselves, within seconds."


def as_text(tuned: Tuned) -> str:
    """All of it."""
    counted = (
        f"{tuned.false_alarms + tuned.people} tagged alerts of {in_days(tuned.days)}: {tuned.people} with somebody, "
        f"{tuned.false_alarms} false alarms"
    )
    left = [
        f"{'' if reason == NO_EVENT else 'left out: '}{count} {reason}"
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
    if knobs.min_area_percent != start.min_area_percent:
        lines.append(f"motion.min_area_percent {start.min_area_percent:g} → {knobs.min_area_percent:g}")
    if knobs.min_score != start.min_score and knobs.min_score is not None and start.min_score is not None:
        lines.append(f"person.min_score {start.min_score:.2g} → {knobs.min_score:.2g}")
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
    """The two numbers people decide by."""
    return [
        f"false alarms    {tuned.false_alarms} → {tuned.false_alarms - tuned.gone}",
        f"people told of  {tuned.people} → {tuned.people}",
    ]


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
    if (played := tuned.replayed) is not None and played.gone_of + played.kept_of:
        lines.append(
            f"Played through the eyes again: {played.gone} of {played.gone_of} false alarms stay quiet, "
            f"{played.kept} of {played.kept_of} people alert."
        )
    if tuned.knobs is not None and tuned.knobs.masks:
        lines.append("A mask fits where the camera looks now; after turning it, undo.")
    return lines


def as_plain(tuned: Tuned) -> dict[str, Any]:
    """The same for programs."""

    def knobs(of: Knobs) -> dict[str, Any]:
        masks = {camera: [list(map(list, polygon)) for polygon in p] for camera, p in of.masks.items()}
        return {"min_area_percent": of.min_area_percent, "min_score": of.min_score, "masks": masks}

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
        "replayed": tuned.replayed
        and {name: getattr(tuned.replayed, name) for name in ("gone", "gone_of", "kept", "kept_of")},
    }


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
