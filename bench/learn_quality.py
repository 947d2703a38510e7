"""`python -m bench.learn_quality [FIRST_HOUSE]`: how many tags `pycam learn` needs, and what it does to later alerts.

The house is made up (learn_house.py), so that the truth is known and there is no end of other days: what was learned
from some tags is asked about a thousand alerts of thirty days that it has not seen. This says that the method keeps
what it promises; how alike people and bushes are at your house, only your tags know.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field

import numpy as np

from app.domain import Tag
from app.learning.learn import learn
from app.learning.report_intervals import wilson
from app.settings import Settings
from app.store.samples import Sample
from app.vision.quieten import Fit, judge
from bench.learn_house import FIRST_DAY, MODEL, SIZE, lived

TAGS = (50, 100, 200, 400)
DAYS = 14
HOUSES = 20
LIKENESS = (0.0, 0.5, 0.8, 1.0)
LATER, LATER_DAYS = 1000, 30


@dataclass
class Line:
    """Of one number of tags and one likeness, over HOUSES houses."""

    learned: int = 0
    people: list[float] = field(default_factory=list)
    """Share of later people quietened, a house."""
    false_alarms: list[float] = field(default_factory=list)
    kept: int = 0
    """Houses in which later people were quietened no oftener than promised."""
    seconds: list[float] = field(default_factory=list)


def measure(tags: int, likeness: float, settings: Settings, first: int = 0) -> Line:
    """Twenty houses, from the `first` on."""
    line = Line()
    for seed in range(first, first + HOUSES):
        samples = lived(tags, DAYS, seed=seed, likeness=likeness)
        begun = time.perf_counter()
        found = learn(samples, settings, FIRST_DAY.timestamp(), event_of=lambda _: None)
        line.seconds.append(time.perf_counter() - begun)
        if found.fit is None:
            continue
        later = lived(LATER, LATER_DAYS, seed=1000 + seed, likeness=likeness)
        people, false_alarms = (quiet_share(found.fit, later, tag) for tag in (Tag.OCCUPIED, Tag.UNOCCUPIED))
        promised = wilson(found.lost, found.people)
        line.learned += 1
        line.people.append(people)
        line.false_alarms.append(false_alarms)
        line.kept += promised is not None and people <= promised.high
    return line


def quiet_share(fit: Fit, samples: list[Sample], tag: Tag) -> float:
    """Of those alerts with that tag, 0..1."""
    records = [sample.record for sample in samples if sample.tag is not None and sample.tag.tag is tag]
    quiet = [
        judge(fit, one.frames, SIZE, camera=one.camera, person_model=MODEL, never_above=0.6).quiet
        for one in records
    ]
    return sum(quiet) / len(quiet)


def main() -> int:
    """Print the table."""
    settings, first = Settings(), int(sys.argv[1]) if len(sys.argv) > 1 else 0
    print(f"{HOUSES} houses each; learned from tags of {DAYS} days, asked about {LATER} later alerts\n")
    print(
        "| likeness | tags | learned | false alarms quiet | people quiet, mean | worst house | as promised | s |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for likeness in LIKENESS:
        for tags in TAGS:
            line = measure(tags, likeness, settings, first)
            said = f"| {likeness:g} | {tags} | {line.learned} of {HOUSES} "
            if line.learned:
                said += (
                    f"| {np.mean(line.false_alarms):.0%} | {np.mean(line.people):.1%} "
                    f"| {max(line.people):.1%} | {line.kept} of {line.learned} "
                )
            else:
                said += "| – | – | – | – "
            print(f"{said}| {np.median(line.seconds):.2f} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
