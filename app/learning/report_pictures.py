"""The mistakes as pictures: of each sample the frame that says most, with the boxes that were seen in it."""

from __future__ import annotations

import logging
from base64 import b64encode
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import cv2
import numpy as np

from app.domain import Box
from app.learning.report import best_score, mistake
from app.media.annotate import annotate
from app.media.jpeg import encode_jpeg
from app.store.samples import FrameFacts, Sample

log = logging.getLogger(__name__)

WIDTH_PIXELS = 480
"""Two beside each other on a desktop, one across a phone; some 20 KB each."""


class Mistake(NamedTuple):
    """One picture for the page, and why it is there."""

    id: str
    camera: str
    taken: float
    said: str
    """What the person said: 'nobody was there', 'somebody was there'."""
    why: str
    """What the eyes saw in it."""
    data_uri: str
    """Empty where the picture is not on this disk."""


def worst(samples: Iterable[Sample], most: int) -> Iterator[Mistake]:
    """The first `most` of `samples`, which are mistakes; a picture that cannot be read is left out, and logged."""
    for _, sample in zip(range(most), samples, strict=False):
        record = sample.record
        yield Mistake(
            id=record.id,
            camera=record.camera,
            taken=record.taken,
            said="nobody was there" if mistake(sample) == "false alarm" else "somebody was there",
            why=_why(sample),
            data_uri=_picture(sample),
        )


def _why(sample: Sample) -> str:
    frames = sample.record.frames
    moved = sum(frame.moving for frame in frames)
    area = max((frame.area_percent for frame in frames), default=0.0)
    motion = f"motion in {moved} of {len(frames)} frames, at most {area:.1f} % of the picture"
    score, asked = best_score(sample), sample.record.person_model is not None
    if not asked:
        return f"{motion}; there was no person model to ask"
    if score is None:
        return f"{motion}; the person model was not asked"
    least = "" if sample.record.min_score is None else f" (a person from {sample.record.min_score:.2f} on)"
    looks = [f.person_score for f in frames if f.person_score is not None]
    sightings = sum(s > 0 for s in looks)
    found = f"a person in {sightings} of {len(looks)} looks, best score {score:.2f}{least}"
    return f"{motion}; {found if sightings else f'nobody in {len(looks)} looks'}"


def _picture(sample: Sample) -> str:
    if not sample.pictures:
        return ""
    frames = sample.record.frames
    index = max(range(len(frames)), key=lambda i: _telling(frames[i]))
    try:
        data = np.frombuffer(sample.pictures[index].read_bytes(), np.uint8)
        bgr = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
        if bgr is None:
            raise ValueError("it is no picture")
    except (OSError, ValueError, cv2.error) as error:
        log.warning("a picture of the sample %s cannot be read: %s", sample.record.id, error)
        return ""
    boxes = [Box(*box) for box in frames[index].person_boxes or frames[index].boxes]
    bgr = annotate(bgr, boxes)
    if bgr.shape[1] > WIDTH_PIXELS:
        height = max(1, round(bgr.shape[0] * WIDTH_PIXELS / bgr.shape[1]))
        bgr = cv2.resize(bgr, (WIDTH_PIXELS, height), interpolation=cv2.INTER_AREA)
    return "data:image/jpeg;base64," + b64encode(encode_jpeg(bgr, quality=72)).decode()


def _telling(frame: FrameFacts) -> tuple[float, float]:
    return frame.person_score or 0.0, frame.area_percent
