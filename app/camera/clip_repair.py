"""What a crash or a power cut left of a clip: kept up to its last whole fragment, and the event's record told."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path

from app.domain import CAMERA_NAME, EVENT_ID, event_started
from app.media.clips import Clip, ClipError, NothingRecorded, finish
from app.store.events import ClipFacts, EventRecord, EventStore
from app.store.files import DiskFull

log = logging.getLogger(__name__)

_NAME = re.compile(rf"({EVENT_ID.pattern})\.([0-9]{{1,9}})\.mp4")

CUT_OFF = "the camera process was cut off: the clip ends there"


def unfinished_name(event_id: str, lead: float) -> str:
    """The name of a clip that is being recorded; `lead`: how many seconds before its event it begins."""
    return f"{event_id}.{round(lead * 1000)}.mp4"


def repaired(events: EventStore, camera: str) -> Iterator[tuple[EventRecord, Path]]:
    """Finish what is unfinished of that camera: each event as it is to be saved, and what was recorded of it, to be
    removed after that.

    What cannot be read at all is set aside (….mp4.damaged); on a full disk it waits for the next start.
    """
    if not CAMERA_NAME.fullmatch(camera):
        raise ValueError("not a camera's name")
    for path in sorted(events.unfinished.glob("*.mp4")):
        match = _NAME.fullmatch(path.name)
        # An id is <15 characters>-<camera>-<8 characters>: other cameras may be recording just now.
        if match is None or match[1][16:-9] != camera:
            continue
        event_id, lead = match[1], int(match[2]) / 1000
        event = events.get(event_id) or EventRecord(
            id=event_id, camera=camera, started=event_started(event_id)
        )
        was_finished = events.file(event_id, "clip.mp4") is not None
        if was_finished and event.clip is not None:
            path.unlink(missing_ok=True)
            continue
        update: dict[str, object] = {"clip_problem": "" if was_finished else CUT_OFF}
        try:
            if not events.has_record(event_id):
                events.save(event)
            clip = finish(path, events.clip_place(event_id))
        except NothingRecorded as error:
            path.unlink(missing_ok=True)
            update["clip_problem"] = f"{CUT_OFF.partition(':')[0]}: {error}"
        except (ClipError, DiskFull, OSError) as error:
            if isinstance(error, DiskFull) or getattr(error, "full", False):
                log.error("the unfinished clip of event %s waits for room on the disk", event_id)
                continue
            log.error("the unfinished clip of event %s is set aside: %s", event_id, error)
            path.replace(path.with_name(f"{path.name}.damaged"))
            update["clip_problem"] = f"what was recorded cannot be read and is set aside: {error}"
        else:
            log.warning("event %s: an unfinished clip of %.1f s was repaired", event_id, clip.seconds)
            update["clip"] = facts_of(clip, lead)
            if event.ended is None:
                update["ended"] = event.started + max(0.0, clip.seconds - lead)
                update["end_reason"] = "the camera process was cut off"
        yield event.model_copy(update=update), path


def facts_of(clip: Clip, lead: float) -> ClipFacts:
    """For the event's record."""
    return ClipFacts(
        seconds=round(clip.seconds, 2),
        pre_roll_seconds=round(lead, 2),
        bytes=clip.bytes,
        width=clip.width,
        height=clip.height,
    )
