"""Samples without pictures, made by the dozen: a bush that the model sometimes takes for somebody, and people.

What tells them apart is known: the bush stays where it is, is small and low in score; people walk through, are
taller, and some of them (far away, at dusk) score no better than the bush. `likeness` takes that difference away:
at 0 it is there, at 1 nothing is left of it. Each day has its own wind, which all of its bushes share.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from app.domain import Tag
from app.store.events import TagRecord
from app.store.samples import FrameFacts, Sample, SampleRecord

FIRST_DAY = datetime(2026, 6, 1, tzinfo=UTC)
SIZE = (640, 480)
MODEL = "m.onnx"

_PERSON = {"tall": 160.0, "step": 9.0, "left": 145.0, "area": 1.4}
_BUSH = {"tall": 95.0, "step": 0.0, "left": 90.0, "area": 0.4}


def alert(
    rng: np.random.Generator,
    number: int,
    day: int,
    *,
    occupied: bool,
    tag: Tag | None = None,
    weak: bool = True,
    likeness: float = 0.0,
    wind: float = 0.0,
    camera: str = "front",
    model: str | None = MODEL,
) -> Sample:
    """One alert's sample: 30 frames at 10 a second, every fifth looked at by the gate. `weak`: a score below 0.6."""
    taken = FIRST_DAY + timedelta(days=day, minutes=10 * (number % 100), hours=float(rng.uniform(0, 4)))
    best = float(rng.uniform(0.42, 0.58) if weak else rng.uniform(0.62, 0.95))
    share = 1.0 if occupied else likeness
    is_ = {name: share * _PERSON[name] + (1 - share) * _BUSH[name] for name in _PERSON}
    tall, step = max(10.0, is_["tall"] + rng.normal(0, 25)), is_["step"] * rng.uniform(0.3, 1.7)
    left = is_["left"] + rng.normal(0, 10 + 50 * share)
    area = float(np.exp(is_["area"] + rng.normal(0, 0.5) + (1 - share) * wind))
    frames = []
    for index in range(30):
        box = (
            round(left + step * (index - 12) + rng.normal(0, 3)),
            round(300 - tall / 2 + rng.normal(0, 3)),
            round(tall / 2.5),
            round(tall),
        )
        moving = index >= 12 and (index % 5 == 0 or rng.random() < 0.6 + 0.4 * share)
        looked = moving and index % 5 == 0
        frames.append(
            FrameFacts(
                time=taken.timestamp() + index / 10,
                moving=moving,
                area_percent=area if moving else 0.1,
                boxes=(box,) if moving else (),
                person_score=(best if index == 15 else best - 0.02) if looked else None,
                person_boxes=(box,) if looked else (),
            )
        )
    record = SampleRecord(
        id=f"{taken:%Y%m%dT%H%M%S}-{camera}-{number:08x}",
        camera=camera,
        taken=frames[-1].time,
        reason="alert",
        width=SIZE[0],
        height=SIZE[1],
        motion_vote=True,
        person_model=model,
        min_score=0.4,
        frames=frames,
        settings={},
    )
    told = None if tag is None else TagRecord(tag=tag, by="U1", at=frames[-1].time + 60)
    return Sample(record=record, tag=told, pictures=[Path(f"{record.id}.jpg")])


def lived(
    tags: int,
    days: int,
    *,
    seed: int = 1,
    people: float = 0.4,
    weak_people: float = 0.5,
    likeness: float = 0.0,
    wrong: bool = False,
) -> list[Sample]:
    """`tags` tagged alerts over `days` days. `wrong`: the tags have nothing to do with what was there."""
    rng = np.random.default_rng(seed)
    winds = rng.normal(0, 0.5, days)
    samples = []
    for number in range(tags):
        day, occupied = number * days // tags, bool(rng.random() < people)
        said = bool(rng.random() < people) if wrong else occupied
        samples.append(
            alert(
                rng,
                number,
                day,
                occupied=occupied,
                tag=Tag.OCCUPIED if said else Tag.UNOCCUPIED,
                weak=not occupied or bool(rng.random() < weak_people),
                likeness=likeness,
                wind=float(winds[day]),
            )
        )
    return samples
