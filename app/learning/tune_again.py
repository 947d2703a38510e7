"""The present person model asked about the pictures of a sample that was taken with another one."""

from __future__ import annotations

import cv2
import numpy as np

from app.domain import Box
from app.media.frame import Frame
from app.settings import Settings
from app.store.samples import FrameFacts, Sample
from app.vision.gate import Gate, Look
from app.vision.region import aspect_of, region_of_interest

_EARLY = 0.25  # of a period, as in the pipeline


def asked_again(sample: Sample, gate: Gate, settings: Settings) -> Sample:
    """`sample` with what the model of `gate` says now, asked where something moved, as often as the camera asks.

    Raises OSError, or ValueError if a picture cannot be read.
    """
    record, period, due = sample.record, 1 / settings.person.max_per_second, float("-inf")
    frames: list[FrameFacts] = []
    for facts, path in zip(record.frames, sample.pictures, strict=True):
        told = facts.model_copy(update={"person_score": None, "person_boxes": ()})
        if facts.moving and facts.time >= due - _EARLY * period:
            due = facts.time + period
            bgr = cv2.imdecode(np.frombuffer(path.read_bytes() or b"\0", np.uint8), cv2.IMREAD_COLOR)
            if bgr is None:
                raise ValueError(f"{path} is no picture")
            moved = tuple(Box(*box) for box in facts.boxes)
            aspect = aspect_of(gate.input_size)
            region = region_of_interest(moved, (record.width, record.height), aspect=aspect)
            gate.ask(Look(Frame(bgr, None, facts.time, facts.time, 0), facts.time, moved, region))
            for seen in gate.answers():
                best = max((person.score for person in seen.people), default=0.0)
                boxes = tuple(tuple(person.box) for person in seen.people)
                told = told.model_copy(update={"person_score": best, "person_boxes": boxes})
        frames.append(told)
    changes = {"frames": frames, "person_model": gate.model, "min_score": gate.min_score}
    return sample.model_copy(update={"record": record.model_copy(update=changes)})
