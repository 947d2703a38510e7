"""From the camera process to the settings and back: real events, samples and clips, tagged, tuned, applied, undone."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from app.camera import gate as gate_module
from app.camera.process import OK
from app.cli import main
from app.domain import Tag
from app.learning import replay
from app.media.frame import Frame
from app.settings import Settings, load_settings
from app.settings.clips import ClipSettings
from app.store.events import EventRecord, TagRecord
from app.store.outbox import Outbox
from app.store.samples import SampleStore
from tests.camera.parts import ClipSource
from tests.camera.test_process import NO_REDIS
from tests.camera.test_process import House as CameraProcess
from tests.deadline import eventually
from tests.learning.drawn_house import DAY, HEIGHT, MORNING, WIDTH, House, Paint, walker
from tests.learning.test_tune_by_clips import Eyes, bird

VISITS: Sequence[Paint] = (bird, walker) * 5
EVERY_SECONDS = 15.0
"""So that each is an event of its own: longer than trigger.cooldown_seconds."""


def footage(drawn: House, start: float, after: Callable[[int], object]) -> Iterator[Frame]:
    """A morning's visits in the drawn room, as a camera gives them; `after` is called at the end of each with
    how many there were."""
    for number, paint in enumerate(VISITS):
        shown = 0.0
        for frame in drawn._frames(paint):
            shown = number * EVERY_SECONDS + frame.media_time
            yield replace(frame, time=start + shown, media_time=shown)
        while (shown := shown + 0.1) < (number + 1) * EVERY_SECONDS - 0.05:
            quiet = drawn._room.astype("uint8")
            yield Frame(quiet, None, start + shown, shown, 0)
        after(number + 1)


def watched(data: Path, settings: Settings | None, day: int, alerting: Sequence[Paint]) -> list[EventRecord]:
    """The events of a morning with the real camera process, which are expected of `alerting` alone."""
    process = CameraProcess(data, NO_REDIS, width_pixels=WIDTH, height_pixels=HEIGHT)
    changes: dict[str, object] = {"clips": ClipSettings(pre_roll_seconds=4, tail_seconds=3)}
    if settings is not None:
        changes |= {"motion": settings.motion, "person": settings.person, "trigger": settings.trigger}
    process.settings = process.settings.model_copy(update=changes)
    process.arm_on_disk()
    before = {event.id for event in process.events()}
    drawn = House(data / "drawn", visit_seconds=3.2)
    start = MORNING + day * DAY

    def written(visits: int) -> None:
        """Played faster than life, a sample gives way to the next one if the disk is slow."""
        due = len(before) + sum(paint in alerting for paint in VISITS[:visits])
        eventually(lambda: len(list((data / "samples").glob("*/sample.json"))) >= due, f"{due} samples")

    assert process.run(lambda: ClipSource(footage(drawn, start, written))) == OK
    return [event for event in process.events() if event.id not in before]


@pytest.mark.timeout(300)
def test_a_vote_is_tuned_from_clips_applied_works_in_the_camera_and_is_undone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for module in (gate_module, replay):
        monkeypatch.setattr(module, "load_detector", lambda *_args, **_more: Eyes())
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)  # no power is cut here
    (tmp_path / "mine.yml").write_text(
        f"cameras: [{{name: front, source: x.mp4, width_pixels: {WIDTH}, height_pixels: {HEIGHT}}}]\n"
    )
    data = tmp_path / "data"
    monkeypatch.setenv("PYCAM_CONFIG", str(tmp_path / "mine.yml"))
    monkeypatch.setenv("PYCAM_DATA", str(data))
    samples = SampleStore(data / "samples", max_mb=500)
    for day in range(2):
        events = watched(data, None, day, [bird, walker])
        assert len(events) == len(VISITS)
        assert all(event.clip is not None and not event.clip_problem for event in events)
        for event, paint in zip(events, VISITS, strict=True):
            tag = Tag.UNOCCUPIED if paint is bird else Tag.OCCUPIED
            samples.tag(event.id, TagRecord(tag=tag, by="U1", at=event.started))
    capsys.readouterr()

    assert main(["tune", "--apply"]) == 0
    out, err = capsys.readouterr()
    assert "trigger.min_moving_frames 3 → 5" in out
    assert "false alarms    10 → 0" in out
    assert "10 of 10 false alarms stay quiet, 10 of 10 people alert" in out
    assert "start anew" in err
    tight = load_settings()
    assert tight.trigger.min_moving_frames == 5
    assert (data / "tuned.yml").read_text().endswith("trigger: {min_moving_frames: 5}\n")

    events = watched(data, tight, 2, [walker])
    assert len(events) == VISITS.count(walker)
    assert {round((event.started - MORNING) % DAY // EVERY_SECONDS) % 2 for event in events} == {1}

    assert main(["tune", "--undo"]) == 0
    assert load_settings().trigger.min_moving_frames == 3
    assert not (data / "tuned.yml").exists()

    monkeypatch.setattr(sys, "stdin", io.StringIO("https://hooks.slack.com/commands/T/1/x\n"))
    monkeypatch.setattr("app.learning.tune_cli.step_back", lambda: None)
    assert main(["tune", "--reply"]) == 0
    (item,) = [item for item in Outbox(data / "outbox").pending() if item.kind == "reply"]
    told, numbers, _trust, actions = item.payload["blocks"]
    assert "trigger.min_moving_frames 3 → 5" in told["text"]["text"]
    assert "told later by " in numbers["text"]["text"]
    assert actions["elements"][0]["action_id"] == "tune_apply"
