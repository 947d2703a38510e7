"""An event's record as it begins, grows and ends. Pure."""

from __future__ import annotations

from app.domain import new_event_id
from app.rules import Verdict
from app.store.events import EventRecord
from app.vision.gate import Gate
from app.vision.pipeline import Evidence
from app.vision.trigger import EndReason, Visit

END_REASONS: dict[EndReason, str] = {
    "quiet": "quiet",
    "cut": "cut at the greatest length",
    "disarmed": "disarmed",
    "blind": "the camera gave no frames",
    "over": "clip over",
    "stopped": "the camera process was stopped",
}


def begun(
    camera: str, visit: Visit, *, started: float, evidence: Evidence, gate: Gate, alert: Verdict
) -> EventRecord:
    """A new event that started at `started`, seconds since the epoch; announced if `alert` says so."""
    height, width = evidence.frame.bgr.shape[:2]
    event = EventRecord(
        id=new_event_id(camera, started),
        camera=camera,
        started=started,
        width=width,
        height=height,
        person_model=gate.model if gate.ready else None,
        person_problem=gate.problem,
        announced=alert.yes,
        muted_why="" if alert.yes else alert.why,
    )
    return grown(showing(event, evidence), visit)


def grown(event: EventRecord, visit: Visit) -> EventRecord:
    """`event` as far as it has come."""
    return event.model_copy(
        update={
            "frames": visit.frames,
            "peak_area_percent": round(visit.peak_area_percent, 2),
            "person_score": visit.score,
        }
    )


def showing(event: EventRecord, evidence: Evidence) -> EventRecord:
    """`event` with what the picture that stands for it shows, and where."""
    boxes = tuple(tuple(box) for box in evidence.boxes)
    return event.model_copy(update={"boxes": boxes, "label": evidence.label})


def ended(event: EventRecord, visit: Visit, at: float, reason: EndReason) -> EventRecord:
    """`event` as it was when it ended at `at`, seconds since the epoch."""
    return grown(event, visit).model_copy(update={"ended": at, "end_reason": END_REASONS[reason]})
