"""`pycam learn`: a second stage for this house, from its own tags, that can only make alerts quieter.

1. what can be learned from                                    learn_examples.py
2. refuse what is too little, or too much of one kind          here
3. judge every day by a stage that has not seen it             learn_cross.py
4. the least margin with which no person on those is quietened; refuse if there is none, or it gains nothing
5. settle on all of it, and say what it would have done        here, learn_text.py

Nothing is changed here.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo

import numpy as np

from app.learning.learn_cross import Skill, Stage, Unseen, settle, skill, unseen
from app.learning.learn_examples import Example, gather
from app.learning.learn_fit import Array, probability
from app.learning.report import local_time
from app.learning.report_text import percent
from app.settings import Settings
from app.store.events import EventRecord
from app.store.samples import Sample
from app.vision.quieten import LEAST_PROBABILITY, Fit
from app.vision.signals import NAMES

LEAST_TAGS, LEAST_OF_A_KIND, LEAST_DAYS = 50, 15, 5
"""Of 15 people none of whom is quietened, up to 20 % of those to come could still be (95 %): fewer vouch for
nothing. Five days are the fewest of which two can be left out, one in each ring, and some wind and rain remain."""

LEAST_GAIN = 3
"""False alarms quietened on unseen days: fewer are not worth a mark."""

LEAST_ERRORS = 1.645
"""One-sided 95 %: less, and the stage may be no better than the share of false alarms alone."""

LEAST_WEAK, MOST_CHANCE = 3, 0.05
"""From so many people below never_above on, what is quietened must not be what a lot among all below it would have
spared them as often (Fisher's exact test): a score alone, too, tells the surest people from false alarms."""

MARGINS = (5.0, 10.0, 15.0, 20.0, 30.0)
"""By the root of the number of people (0.5 for a hundred of them), added, in log-odds, to the surest that the stage
was of a person. The next person may look a little more like nothing than all so far: the fewer, the more so."""

SUREST = 12.0
"""Log-odds, 1 in 160,000; calibration on some hundred tags never says so much."""


@dataclass(frozen=True, slots=True)
class Quietened:
    """One alert, and what the stage says of it: a tagged one's comes from the days without it."""

    example: Example
    probability: float


@dataclass(frozen=True, slots=True)
class Learned:
    """`fit` is None where nothing is proposed, and `why` then says why. What is said of days and people is of days
    that the stage had not seen."""

    people: int
    false_alarms: int
    days: int
    """Those with a tag that was learned from."""
    watched_days: int
    """Those with any sample, as in `pycam evaluate`."""
    left_out: Counter[str]
    sure_people: int = 0
    """Of the people: those who are never quietened."""
    why: str = ""
    fit: Fit | None = None
    skill: Skill | None = None
    lost: int = 0
    """People quietened, if only at first."""
    gone: int = 0
    """False alarms quietened, to the end of their event as far as that is known."""
    quietened: tuple[Quietened, ...] = ()
    """Every alert there is a sample of that would have been, oldest first."""


def learn(
    samples: Sequence[Sample],
    settings: Settings,
    now: float,
    *,
    event_of: Callable[[str], EventRecord | None],
    zone: tzinfo | None = None,
) -> Learned:
    """The stage, or why there is none. Days are those of `zone` (None: this machine's)."""
    cameras, never_above = [camera.name for camera in settings.cameras], settings.learning.never_above
    gathered = gather(samples, cameras, never_above, event_of=event_of, zone=zone)
    tagged = gathered.tagged
    result = Learned(
        people=sum(bool(example.occupied) for example in tagged),
        false_alarms=sum(not example.occupied for example in tagged),
        days=len({example.day for example in tagged}),
        watched_days=len({local_time(sample, zone).date() for sample in samples}),
        left_out=gathered.left_out,
        sure_people=sum(bool(example.occupied) and example.sure for example in tagged),
    )
    if why := _too_few(result):
        return replace(result, why=why)
    found = unseen(tagged)
    result = replace(result, skill=skill(tagged, found))
    margin, result = _margin(tagged, found, result)
    if margin is None:
        return result
    stage = settle(tagged)
    if stage.edge + margin > SUREST:
        return replace(result, why="it would have to be surer of nothing than any number of tags allows")
    fit = _fit(stage, margin, gathered.person_model, now, result)
    quiet = [
        Quietened(example, float(chance))
        for example, chance in (
            *zip(tagged, _if_quiet(tagged, found, margin), strict=True),
            *((example, _chance(fit, example)) for example in gathered.untagged),
        )
        if not math.isnan(chance) and not example.lifted
    ]
    return replace(
        result, fit=fit, quietened=tuple(sorted(quiet, key=lambda one: (one.example.taken, one.example.id)))
    )


def _too_few(result: Learned) -> str:
    """Why there is too little to go by; '' if there is enough."""
    tags = result.people + result.false_alarms
    if tags < LEAST_TAGS:
        return f"{tags} tagged alerts are too few to learn from; {LEAST_TAGS} are needed"
    if result.people < LEAST_OF_A_KIND:
        return f"{result.people} tagged people are too few to vouch for others; {LEAST_OF_A_KIND} are needed"
    if result.false_alarms < LEAST_OF_A_KIND:
        return f"{result.false_alarms} false alarms are too few to learn from; {LEAST_OF_A_KIND} are needed"
    if result.days < LEAST_DAYS:
        return f"they are of {result.days} days; {LEAST_DAYS} are needed, to be held against each other"
    return ""


def _margin(examples: Sequence[Example], found: Unseen, result: Learned) -> tuple[float | None, Learned]:
    """The least that loses nobody and gains enough, and the result with its counts or the reason against it."""
    if result.skill is None or result.skill.errors < LEAST_ERRORS:
        why = "on days it has not seen it does no better than the share of false alarms alone"
        return None, replace(result, why=why)
    people = np.array([bool(example.occupied) for example in examples])
    stays = np.array([not example.occupied and not example.lifted for example in examples])
    for margin in (reach / math.sqrt(result.people) for reach in MARGINS):
        quiet = ~np.isnan(_if_quiet(examples, found, margin))
        result = replace(result, lost=int((quiet & people).sum()), gone=int((quiet & stays).sum()))
        if not result.lost:
            break
    if result.lost:
        why = f"on days it has not seen it would quieten {result.lost} of {result.people} tagged people"
        return None, replace(result, why=why)
    if result.gone < LEAST_GAIN:
        why = f"it would quieten {result.gone} of {result.false_alarms} false alarms without quietening a person"
        return None, replace(result, why=why)
    weak = sum(bool(example.occupied) and not example.sure for example in examples)
    alike = sum(not example.sure for example in examples)
    if weak >= LEAST_WEAK and (chance := by_lot(result.gone, weak, alike)) > MOST_CHANCE:
        why = f"the {result.gone} false alarms that it would quieten could be luck ({percent(chance)})"
        return None, replace(result, why=why)
    return margin, result


def by_lot(drawn: int, people: int, of: int) -> float:
    """The chance, 0..1, that `drawn` of `of` alerts, by lot, have none of the `people` among them."""
    return math.comb(of - people, drawn) / math.comb(of, drawn)


def _if_quiet(examples: Sequence[Example], found: Unseen, margin: float) -> Array:
    """The probability of nothing, as unseen days have it; not a number where the alert stays as it is."""
    sure = np.array([example.sure for example in examples])
    quiet = (found.log_odds >= _threshold(found.edges, margin)) & ~sure
    return np.where(quiet, probability(found.log_odds), np.nan)


def _threshold(edge: Array | float, margin: float) -> Array:
    """In log-odds."""
    least = math.log(LEAST_PROBABILITY / (1 - LEAST_PROBABILITY))
    return np.maximum(np.asarray(edge) + margin, least)


def _fit(stage: Stage, margin: float, person_model: str, now: float, result: Learned) -> Fit:
    threshold = float(_threshold(stage.edge, margin))
    return Fit(
        made=now,
        person_model=person_model,
        names=NAMES,
        mean=tuple(stage.mean.tolist()),
        scale=tuple(stage.scale.tolist()),
        weights=tuple(stage.weights.tolist()),
        cameras=stage.cameras,
        intercept=stage.intercept,
        threshold=float(probability(np.array(threshold))),
        told={
            "people": result.people,
            "false_alarms": result.false_alarms,
            "days": result.days,
            "lost": result.lost,
            "gone": result.gone,
        },
    )


def _chance(fit: Fit, example: Example) -> float:
    """As `_if_quiet`, of an alert that was not learned from."""
    chance = fit.probability(example.values, example.camera)
    return chance if chance >= fit.threshold and not example.sure else math.nan
