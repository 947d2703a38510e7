"""Samples without pictures, made by the dozen: a bush that the model sometimes takes for somebody, and people.

What tells them apart is known: the bush stays where it is, is small and low in score; people walk through, are
taller, and some of them (far away, at dusk) score no better than the bush.
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


def alert(  # noqa: PLR0917
    rng: np.random.Generator,
    number: int,
    day: int,
    occupied: bool,
    tag: Tag | None,
    weak: bool = True,
    *,
    camera: str = "front",
    model: str | None = MODEL,
) -> Sample:
    """One alert's sample: 30 frames at 10 a second, every fifth looked at by the gate."""
    taken = FIRST_DAY + timedelta(days=day, minutes=10 * number, hours=float(rng.uniform(0, 4)))
    best = float(rng.uniform(0.42, 0.58) if weak else rng.uniform(0.62, 0.95))
    tall, step = (160 + rng.normal(0, 25), 9.0) if occupied else (95 + rng.normal(0, 20), 0.0)
    left = float(rng.uniform(40, 250) if occupied else 90 + rng.normal(0, 10))
    area = float(np.exp(rng.normal(1.4 if occupied else 0.4, 0.5)))
    frames = []
    for index in range(30):
        box = (
            round(left + step * index + rng.normal(0, 3)),
            round(300 - tall / 2 + rng.normal(0, 3)),
            round(tall / 2.5),
            max(10, round(tall)),
        )
        moving = index >= 12 and (occupied or index % 5 == 0 or rng.random() < 0.6)
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
    tags: int, days: int, *, seed: int = 1, people: float = 0.4, weak_people: float = 0.5, wrong: bool = False
) -> list[Sample]:
    """`tags` tagged alerts over `days` days. `wrong`: the tags have nothing to do with what was there."""
    rng = np.random.default_rng(seed)
    samples = []
    for number in range(tags):
        occupied = bool(rng.random() < people)
        weak = not occupied or bool(rng.random() < weak_people)
        said = bool(rng.random() < people) if wrong else occupied
        tag = Tag.OCCUPIED if said else Tag.UNOCCUPIED
        samples.append(alert(rng, number, number * days // tags, occupied, tag, weak))
    return samples
