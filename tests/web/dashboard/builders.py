"""Events as a camera leaves them."""

from __future__ import annotations

from app.domain import new_event_id
from app.settings import Settings
from app.store.events import ClipFacts, EventRecord, EventStore
from tests.web.dashboard.conftest import NOW

JPEG = b"\xff\xd8\xff" + bytes(range(256)) * 8 + b"\xff\xd9"
CLIP = b"\0\0\0\x18ftypisom" + bytes(range(256)) * 40


def event(settings: Settings, *, ago: float = 60.0, clip: bool = False, **facts: object) -> str:
    """One that began `ago` seconds before NOW and lasted ten; its id."""
    camera = str(facts.get("camera", "front"))
    started = NOW - ago
    record = EventRecord(
        id=new_event_id(camera, started),
        camera=camera,
        started=started,
        ended=started + 10,
        end_reason="quiet",
        person_score=0.87,
        width=640,
        height=480,
        announced=True,
        clip=ClipFacts(seconds=20, pre_roll_seconds=10, bytes=len(CLIP), width=640, height=480)
        if clip
        else None,
    ).model_copy(update=facts)
    store = EventStore(settings.storage.data / "events")
    store.save(record)
    store.save_picture(record.id, JPEG)
    if clip:
        day = f"{record.id[:4]}-{record.id[4:6]}-{record.id[6:8]}"
        (settings.storage.data / "events" / day / record.id / "clip.mp4").write_bytes(CLIP)
    return record.id
