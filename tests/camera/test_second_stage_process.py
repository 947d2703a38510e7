"""The whole camera process with something learned: read at the start, looked for while nothing is to be recorded."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.camera import gate as gate_module
from app.camera import recorder as recorder_module
from app.camera.announcer import Announcer
from app.camera.process import OK, run
from app.camera.recorder import Recorder
from app.domain import Box, Detection
from app.settings.schema import CameraSettings, Secrets, Settings, StorageSettings
from app.shutdown import Shutdown
from app.state.connection import connect
from app.store.events import EventStore
from app.store.learned import Learned
from app.store.orders import LastOrders
from app.store.outbox import Outbox
from app.store.pictures import LastPictures
from app.store.samples import SampleStore
from app.vision.quieten import Fit
from app.vision.signals import NAMES
from tests.camera.parts import ClipSource, Portrait, footage
from tests.deadline import eventually

NO_REDIS = "redis://127.0.0.1:1/0"
ZEROS = (0.0,) * len(NAMES)
EVERYTHING_IS_NOTHING = Fit(
    made=1.0,
    person_model=Portrait.name,
    names=NAMES,
    mean=ZEROS,
    scale=(1.0,) * len(NAMES),
    weights=ZEROS,
    cameras={"front": 0.0},
    intercept=3.0,
    threshold=0.8,
)


class Unsure(Portrait):
    """Sees people, and half doubts it."""

    def detect(self, frame: np.ndarray[Any, Any], region: Box | None = None) -> list[Detection]:
        return [person._replace(score=0.55) for person in super().detect(frame, region)]


@pytest.mark.parametrize(("quieten", "alerts"), [("mark", 1), ("hold", 0)])
def test_the_process_goes_by_what_is_in_its_data_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quieten: str, alerts: int
) -> None:
    monkeypatch.setattr(gate_module, "load_detector", lambda *_args, **_more: Unsure())
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)
    Learned(tmp_path).put(EVERYTHING_IS_NOTHING.model_dump_json())
    LastOrders(tmp_path / "cameras", "front").keep(json.dumps({"armed": {"by": "U1", "at": 1.0, "on": True}}))
    settings = Settings(
        cameras=(CameraSettings(name="front", source="clip.mp4", as_fast_as_possible=True),),
        storage=StorageSettings(data=tmp_path, min_free_mb=0),
        secrets=Secrets(redis_url=NO_REDIS),
        learning={"quieten": quieten},  # type: ignore[arg-type]
    )
    code = run(settings, Shutdown(), "front", source=lambda _camera: ClipSource(footage([(4, 9)], 15)))
    assert code == OK
    waiting = [item for item in Outbox(tmp_path / "outbox").pending() if item.kind == "alert"]
    assert len(waiting) == alerts
    assert all(item.payload["event"]["quietened"] for item in waiting)
    events = EventStore(tmp_path / "events")
    [event_id] = events.all_ids()
    event = events.get(event_id)
    assert event is not None
    assert event.quietened
    assert event.announced is bool(alerts)
    assert len(list(SampleStore(tmp_path / "samples", max_mb=500).all())) == 1


def test_the_recorder_looks_around_between_jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder_module, "RETRY_SECONDS", 0.02)
    looked = threading.Semaphore(0)
    events = EventStore(tmp_path / "events")
    recorder = Recorder(
        Announcer(Outbox(tmp_path / "outbox"), events, connect(NO_REDIS)),
        events,
        SampleStore(tmp_path / "samples", max_mb=500),
        LastPictures(tmp_path / "cameras"),
        StorageSettings(data=tmp_path),
        epoch=lambda: 1.0,
        between=looked.release,
    )
    recorder.start()
    eventually(lambda: looked.acquire(blocking=False), "a look")
    eventually(lambda: looked.acquire(blocking=False), "another")
    recorder.close()
