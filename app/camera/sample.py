"""The last frames as a sample: JPEGs and what was seen in each. Pure, but for the encoding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from app.camera.ring import Kept
from app.media.jpeg import encode_jpeg
from app.settings.schema import CameraSettings, Settings
from app.store.samples import FrameFacts, SampleRecord


@dataclass(frozen=True, slots=True)
class SampleJob:
    """What a sample is made of; the encoding is left to the recorder's thread."""

    id: str
    camera: str
    reason: Literal["alert", "quiet"]
    frames: Sequence[Kept]
    min_moving_frames: int
    person_model: str | None
    min_score: float | None
    settings: dict[str, Any]


def render(job: SampleJob) -> tuple[SampleRecord, list[bytes]]:
    """The record and one JPEG a frame. Raises ValueError if there is no frame."""
    frames, (width, height) = _comparable(job)
    record = SampleRecord(
        id=job.id,
        camera=job.camera,
        taken=frames[-1].epoch,
        reason=job.reason,
        width=width,
        height=height,
        motion_vote=sum(kept.motion.moving for kept in frames) >= job.min_moving_frames,
        person_model=job.person_model,
        min_score=job.min_score,
        frames=[_facts(kept) for kept in frames],
        settings=job.settings,
    )
    return record, [encode_jpeg(kept.picture) for kept in frames]


def facts(job: SampleJob) -> tuple[list[FrameFacts], tuple[int, int]]:
    """What the sample's record will say of its frames, and the width and height of its pictures: costs no encoding.

    Raises ValueError if there is no frame.
    """
    frames, size = _comparable(job)
    return [_facts(kept) for kept in frames], size


def _comparable(job: SampleJob) -> tuple[list[Kept], tuple[int, int]]:
    """The frames of the last one's size (width, height): a camera may have changed it in the middle."""
    if not job.frames:
        raise ValueError("a sample needs a frame")
    shape = job.frames[-1].picture.shape[:2]
    return [kept for kept in job.frames if kept.picture.shape[:2] == shape], (shape[1], shape[0])


def _facts(kept: Kept) -> FrameFacts:
    asked, people = kept.people is not None, kept.people or ()
    return FrameFacts(
        time=kept.epoch,
        moving=kept.motion.moving,
        area_percent=kept.motion.area_percent,
        boxes=tuple(kept.scaled(box) for box in kept.motion.boxes),
        person_score=max((person.score for person in people), default=0.0) if asked else None,
        person_boxes=tuple(kept.scaled(person.box) for person in people),
    )


def decided_by(settings: Settings, camera: CameraSettings) -> dict[str, Any]:
    """What decided, as plain data; no addresses, which may hold passwords."""
    parts = {
        name: getattr(settings, name).model_dump(mode="json") for name in ("motion", "person", "trigger")
    }
    return parts | {"camera": camera.model_dump(mode="json", include={"fps", "ignore", "classes"})}
