"""A second stage for people: what it would have quietened, before and after, and how far to trust it. Pure."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Any

from app.learning.learn import Learned, Quietened
from app.learning.learn_record import Quiet
from app.learning.report_intervals import Interval, poisson, wilson
from app.learning.report_text import how_many, in_days, percent, rate, share
from app.settings.learning import LearningSettings
from app.vision.quieten import Fit

WEEK_SECONDS = 7 * 86_400.0

EFFECT = {
    "mark": 'such an alert goes out as "Probably nothing"',
    "hold": "such an event is recorded and counted, but there is no alert",
}
"""By `learning.quieten`."""

_WORDS = {
    "score_best": "best score",
    "score_mean": "mean score",
    "looks_with_somebody": "looks with somebody",
    "share_with_somebody": "share of looks with somebody",
    "height": "height",
    "shape": "tall shape",
    "across": "place towards the right",
    "off_centre": "place off the middle",
    "down": "place towards the bottom",
    "travel": "way that somebody went",
    "motion_area": "area of motion",
    "motion_share": "share of frames with motion",
    "motion_parts": "number of moving parts",
    "motion_travel": "way that the motion went",
    "hour_sin": "hour: morning",
    "hour_cos": "hour: night",
}


def as_text(learned: Learned, settings: LearningSettings, now: float, zone: tzinfo | None = None) -> str:
    """All of it. Times are `zone`'s (None: this machine's)."""
    tags = learned.people + learned.false_alarms
    lines = [
        f"{how_many(tags, 'tagged alert')} of {in_days(learned.days)}: {learned.people} with somebody, "
        f"{how_many(learned.false_alarms, 'false alarm')}",
        *(f"left out: {count} {reason}" for reason, count in learned.left_out.items() if count),
        "",
    ]
    if learned.fit is None:
        return "\n".join([*lines, f"Nothing is learned: {learned.why}."])
    week = [one for one in learned.quietened if one.example.taken >= now - WEEK_SECONDS]
    return "\n".join(
        [
            *lines,
            f"An alert that is nothing to {percent(learned.fit.threshold)} or more would be quiet: "
            f"{EFFECT[settings.quieten]}.",
            f"Never one with a score of {settings.never_above:g} or more, nor one that comes to it.",
            "",
            f"Alerts of the last seven days that would have been quiet: {len(week)}{':' if week else ''}",
            *(_line(one, zone) for one in week),
            "",
            *comparison(learned),
            "",
            *trust(learned, settings.never_above),
        ]
    )


def comparison(learned: Learned) -> list[str]:
    """Before and after, on days the stage had not seen; in brackets: 95 % sure."""
    people, before = learned.people, learned.false_alarms
    after = before - learned.gone
    rows = [
        ("", "now", "with it"),
        ("tagged alerts that are not quiet", str(people + before), str(people + after)),
        ("somebody was there", _share(people, people + before), _share(people, people + after)),
        ("false alarms a day", _rate(before, learned.watched_days), _rate(after, learned.watched_days)),
    ]
    return [f"{name:34s}{now:20s}{then}".rstrip() for name, now, then in rows]


def trust(learned: Learned, never_above: float) -> list[str]:
    """How it fared where it had not looked, and what even that cannot promise."""
    weak = learned.people - learned.sure_people
    lines = [
        f"Each day judged by the other days alone: {learned.gone} of {learned.false_alarms} false alarms quiet, "
        f"{learned.lost} of {learned.people} people, of whom {weak} have a score below {never_above:g} at all.",
    ]
    if (risk := wilson(learned.lost, learned.people)) is not None:
        lines.append(
            f"So of people to come at most {percent(risk.high)} would be quiet (95 % sure); more tags make this less."
        )
    if learned.skill is not None:
        lines.append(
            f"How far its probabilities are off (log loss; 0 is never): {learned.skill.loss:.2f}, where the share of "
            f"false alarms alone has {learned.skill.base_loss:.2f}."
        )
    return lines


def in_force(
    fit: Fit, settings: LearningSettings, model: str | None, zone: tzinfo | None = None
) -> list[str]:
    """What a fit is, and what it promised. `model`: the person model that the cameras last had, if that is known."""
    told = {name: f"{value:.0f}" for name, value in fit.told.items()}
    strongest = sorted(zip(fit.names, fit.weights, strict=True), key=lambda one: -abs(one[1]))[:5]
    other = model is not None and model != fit.person_model
    return [
        f"Learned {_when(fit.made, zone)} for {', '.join(fit.cameras)} with {fit.person_model}.",
        *(
            [f"The cameras have {model} now, whose scores it does not know: it quietens nothing."]
            if other
            else []
        ),
        f"Where an alert is nothing to {percent(fit.threshold)} or more, with a score below {settings.never_above:g}: "
        f"{EFFECT[settings.quieten]}.",
        f"Promised then: {told.get('gone', '?')} of {told.get('false_alarms', '?')} false alarms quiet, "
        f"{told.get('lost', '?')} of {told.get('people', '?')} people, on {told.get('days', '?')} days.",
        "It goes by most: "
        + "; ".join(f"{_WORDS[name]}, more is {_towards(weight)}" for name, weight in strongest),
    ]


def in_force_as_plain(fit: Fit, model: str | None) -> dict[str, Any]:
    """The same for programs."""
    told = fit.model_dump(include={"made", "person_model", "threshold", "told"})
    return {**told, "cameras": sorted(fit.cameras), "present_person_model": model}


def happened(quiet: Quiet, zone: tzinfo | None = None) -> str:
    """One quietened event."""
    event = quiet.event
    chance = "?" if event.nothing_probability is None else percent(event.nothing_probability)
    score = "?" if event.person_score is None else f"{event.person_score:.2f}"
    return (
        f"  {_when(event.started, zone)}  {event.camera}  score {score}  {chance} nothing  "
        f"{quiet.tag or 'not tagged'}  {event.id}"
    )


def as_plain(learned: Learned, now: float) -> dict[str, Any]:
    """The same for programs."""
    return {
        "people": learned.people,
        "sure_people": learned.sure_people,
        "false_alarms": learned.false_alarms,
        "days": learned.days,
        "watched_days": learned.watched_days,
        "left_out": dict(+learned.left_out),
        "why_not": learned.why,
        "lost": learned.lost,
        "lost_interval": wilson(learned.lost, learned.people),
        "gone": learned.gone,
        "gone_interval": wilson(learned.gone, learned.false_alarms),
        "skill": learned.skill and learned.skill._asdict(),
        "threshold": learned.fit and learned.fit.threshold,
        "last_week": [
            {
                "id": one.example.id,
                "taken": one.example.taken,
                "score": one.example.score,
                "nothing_probability": one.probability,
                "occupied": one.example.occupied,
                "picture": one.example.picture and str(one.example.picture),
            }
            for one in learned.quietened
            if one.example.taken >= now - WEEK_SECONDS
        ],
    }


def _line(one: Quietened, zone: tzinfo | None) -> str:
    example = one.example
    tag = {True: "occupied", False: "unoccupied", None: "not tagged"}[example.occupied]
    return (
        f"  {_when(example.taken, zone)}  {example.camera}  score {example.score:.2f}  "
        f"{percent(one.probability)} nothing  {tag}  {example.picture or example.id}"
    )


def _when(moment: float, zone: tzinfo | None) -> str:
    return datetime.fromtimestamp(moment).astimezone(zone).strftime("%a %Y-%m-%d %H:%M")


def _share(hits: int, of: int) -> str:
    return share(hits / of if of else None, wilson(hits, of))


def _rate(count: int, days: int) -> str:
    low, high = poisson(count)
    return rate(count / days, Interval(low / days, high / days))


def _towards(weight: float) -> str:
    return "nothing" if weight > 0 else "somebody"
