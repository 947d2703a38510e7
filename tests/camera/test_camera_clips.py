"""The whole camera process keeps clips: real threads, real files, real H.264."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.camera import gate as gate_module
from app.camera.process import OK, opened
from app.media.boxes import boxes
from app.media.clips import ClipWriter
from app.media.encoder import KEY_SECONDS
from app.media.frame import Frame
from app.media.sources import open_source
from app.settings.clips import ClipSettings
from app.settings.schema import CameraSettings, StorageSettings
from app.store.events import EventRecord, EventStore
from tests.camera.parts import ClipSource, Portrait, footage
from tests.camera.test_process import NO_REDIS, House, LiveSource
from tests.deadline import eventually
from tests.fakes import rtsp_server
from tests.fakes.rtsp_server import RtspServer
from tests.media.coding import played, probed

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def portrait(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model in these tests."""
    monkeypatch.setattr(gate_module, "load_detector", lambda *_args, **_more: Portrait())


def clip_of(house: House, event: EventRecord) -> Path:
    path = EventStore(house.root / "events").file(event.id, "clip.mp4")
    assert path is not None
    return path


def armed(root: Path, **clips: Any) -> House:
    house = House(root, NO_REDIS)
    house.settings = house.settings.model_copy(update={"clips": ClipSettings(**clips)})
    house.arm_on_disk()
    return house


def fragments(root: Path) -> int:
    """Of the clip that is being recorded."""
    clips = (root / "unfinished").glob("*.mp4")
    return max((sum(box.kind == "moof" for box in boxes(path)) for path in clips), default=0)


def whiteness(bgr: np.ndarray[Any, Any]) -> float:
    """Share of the picture that is the visitor of `footage`."""
    return float((bgr[:, :, 0] > 200).mean())


def brightness_by_second(clip: Path) -> dict[float, float]:
    import av

    with av.open(str(clip)) as container:
        return {
            float(frame.time or 0): whiteness(frame.to_ndarray(format="bgr24"))
            for frame in container.decode(video=0)
        }


def test_each_event_has_a_clip_from_before_it_to_after_it(tmp_path: Path) -> None:
    house = armed(tmp_path, pre_roll_seconds=10, tail_seconds=5)
    assert house.run(lambda: ClipSource(footage([(20, 28), (60, 70)], 90))) == OK
    first, second = house.events()
    for event, length in ((first, 8), (second, 10)):
        assert event.clip is not None
        assert event.clip_problem == ""
        assert 10 <= event.clip.pre_roll_seconds < 10 + KEY_SECONDS + 0.1
        path = clip_of(house, event)
        facts = probed(path)
        assert (facts["codec_name"], facts["pix_fmt"], facts["error"]) == ("h264", "yuv420p", "")
        assert (facts["width"], facts["height"]) == (event.clip.width, event.clip.height) == (320, 240)
        assert facts["duration"] == pytest.approx(event.clip.seconds, abs=0.1)
        assert event.clip.bytes == path.stat().st_size
        layout = [box.kind for box in boxes(path)]
        assert layout.index("moov") < layout.index("mdat")
        assert event.ended is not None
        assert event.clip.seconds == pytest.approx(
            event.clip.pre_roll_seconds + (event.ended - event.started) + 5, abs=0.3
        )
        # The visitor is there from the event's start on, and not before; nothing is drawn over anybody.
        lead = event.clip.pre_roll_seconds
        seen = brightness_by_second(path)
        assert max(share for at, share in seen.items() if at < lead - 0.3) == 0
        there = [share for at, share in seen.items() if lead + 0.3 < at < lead + length - 0.5]
        assert min(there) > 0.05
        assert seen[max(seen)] == 0
    assert not list((tmp_path / "unfinished").glob("*"))


def test_boxes_are_drawn_on_the_alert_and_not_in_the_clip(tmp_path: Path) -> None:
    import av

    house = armed(tmp_path)
    assert house.run(lambda: ClipSource(footage([(5, 15)], 25))) == OK
    [event] = house.events()
    assert event.boxes
    with av.open(str(clip_of(house, event))) as container:
        for frame in container.decode(video=0):
            bgr = frame.to_ndarray(format="bgr24").astype(int)
            # Grey room, white visitor: any colour were ink.
            assert (bgr.max(axis=2) - bgr.min(axis=2)).max() < 30


def test_an_event_at_the_greatest_length_is_cut_and_the_next_has_a_clip_of_its_own(tmp_path: Path) -> None:
    house = armed(tmp_path, pre_roll_seconds=3, tail_seconds=5)
    trigger = house.settings.trigger.model_copy(update={"max_seconds": 8, "cooldown_seconds": 0})
    house.settings = house.settings.model_copy(update={"trigger": trigger})
    assert house.run(lambda: ClipSource(footage([(5, 24)], 40))) == OK
    events = house.events()
    assert [event.end_reason for event in events[:-1]] == ["cut at the greatest length"] * (len(events) - 1)
    assert len(events) >= 3
    for event in events:
        assert event.clip is not None
        assert event.clip_problem == ""
        assert event.clip.seconds <= 3 + KEY_SECONDS + 8 + 3 + 5
        assert played(clip_of(house, event)).times


def test_disarmed_there_is_no_clip_and_nothing_is_encoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.camera import film_strip

    def never(*_args: object, **_more: object) -> None:
        raise AssertionError("an encoder was made")

    monkeypatch.setattr(film_strip, "H264Encoder", never)
    house = House(tmp_path, NO_REDIS)
    assert house.run(lambda: ClipSource(footage([(5, 15)], 25))) == OK
    assert not list(tmp_path.rglob("*.mp4"))


def test_without_clips_an_event_is_what_it_was(tmp_path: Path) -> None:
    house = armed(tmp_path, enabled=False)
    assert house.run(lambda: ClipSource(footage([(5, 15)], 25))) == OK
    [event] = house.events()
    assert (event.clip, event.clip_problem) == (None, "")
    assert not list(tmp_path.rglob("*.mp4"))


def test_the_clock_set_back_an_hour_in_the_middle_is_not_seen_in_the_clip(tmp_path: Path) -> None:
    house = armed(tmp_path, pre_roll_seconds=3, tail_seconds=2)
    frames = [
        replace(frame, time=frame.time - 3600 * (frame.media_time >= 9)) for frame in footage([(5, 14)], 25)
    ]
    assert house.run(lambda: ClipSource(frames)) == OK
    events = house.events()
    assert len(events) == 1
    seen = played(clip_of(house, events[0]))
    assert np.diff(seen.times) == pytest.approx(np.full(len(seen.times) - 1, 0.1), abs=0.002)
    assert events[0].clip is not None
    assert events[0].clip.seconds == pytest.approx(len(seen.times) / 10, abs=0.15)
    assert 3 <= events[0].clip.pre_roll_seconds < 3 + KEY_SECONDS + 0.1


def test_a_camera_that_changes_its_size_in_the_middle_of_an_event_keeps_one_clip(tmp_path: Path) -> None:
    house = armed(tmp_path, pre_roll_seconds=3, tail_seconds=2)
    frames = [
        replace(frame, bgr=np.repeat(np.repeat(frame.bgr, 2, axis=0), 2, axis=1)[:-1, :-1])
        if frame.media_time >= 8
        else frame
        for frame in footage([(5, 14)], 25)
    ]
    assert house.run(lambda: ClipSource(frames)) == OK
    for event in house.events():
        seen = played(clip_of(house, event))
        assert len(seen.shapes) == 1
        assert event.clip_problem == ""


def test_a_disk_full_while_recording_costs_no_alert_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full(ClipWriter):
        def add(self, packet: Any) -> None:
            if packet.pts > 9:
                from app.media.clips import _explained

                raise _explained(OSError(errno.ENOSPC, "No space left on device"), "written")
            super().add(packet)

    from app.camera import clip_desk

    monkeypatch.setattr(clip_desk, "ClipWriter", Full)
    house = armed(tmp_path, pre_roll_seconds=5)
    assert house.run(lambda: ClipSource(footage([(5, 15)], 25))) == OK
    [event] = house.events()
    assert len(house.items("alert")) == 1
    assert event.end_reason == "quiet"
    assert event.clip is not None
    assert event.clip_problem == "the disk is full: the clip ends early"
    assert len(played(clip_of(house, event)).times) == pytest.approx(event.clip.seconds * 10, abs=1)


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small file system needs root")
def test_on_a_real_disk_without_room_alerts_go_out_and_clips_give_way(tmp_path: Path) -> None:
    root = tmp_path / "disk"
    root.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(root)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this machine does not allow mounting")
    try:
        house = armed(root, crf=10, max_kbit_per_second=100_000)
        rng = np.random.default_rng(1)
        grain = rng.integers(0, 60, (240, 320, 3), np.uint8)
        frames = [
            replace(frame, bgr=frame.bgr + np.roll(grain, 7 * frame.index, axis=1))
            for frame in footage([(25, 34)], 50)
        ]
        assert house.run(lambda: ClipSource(frames)) == OK
        [event] = house.events()
        assert len(house.items("alert")) == 1
        assert "full" in event.clip_problem
        assert event.clip is not None
        assert len(played(clip_of(house, event)).times) == pytest.approx(event.clip.seconds * 10, abs=2)
    finally:
        subprocess.run(["umount", str(root)], check=True)


WATCH = """
    import sys
    from pathlib import Path

    from app.camera import gate
    from app.camera.process import run
    from app.settings.schema import CameraSettings, Secrets, Settings, StorageSettings
    from app.shutdown import Shutdown
    from tests.camera.parts import ClipSource, Portrait, footage

    class Endless(ClipSource):
        def read(self):
            frame = super().read()
            if frame.index == 140:
                print("recording", flush=True)
                sys.stdin.read()
            return frame

    gate.load_detector = lambda *_args, **_more: Portrait()
    settings = Settings(
        cameras=(CameraSettings(name="front", source="clip.mp4", as_fast_as_possible=True),),
        storage=StorageSettings(data=Path(sys.argv[1]), min_free_mb=0),
        secrets=Secrets(redis_url="redis://127.0.0.1:1/0"),
    )
    run(settings, Shutdown(), "front", source=lambda _camera: Endless(footage([(5, 100)], 100)))
"""


def test_killed_in_the_middle_of_an_event_the_next_start_has_its_clip(tmp_path: Path) -> None:
    house = armed(tmp_path)
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(WATCH), str(tmp_path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        assert process.stdout.readline() == b"recording\n"

        eventually(lambda: fragments(tmp_path) >= 4, "some seconds of the clip are on the disk")
        eventually(house.events, "and its event, too")
        os.kill(process.pid, signal.SIGKILL)
        process.wait(20)
    finally:
        process.kill()
        process.stdin.close()
        process.stdout.close()
    [event] = house.events()
    assert (event.clip, event.ended) == (None, None)
    again = armed(tmp_path)
    assert again.run(lambda: ClipSource(footage([], 1))) == OK
    [event] = again.events()
    assert event.clip is not None
    assert event.clip.seconds > 3
    assert "cut off" in event.clip_problem
    assert event.ended is not None
    assert event.end_reason == "the camera process was cut off"
    assert probed(clip_of(again, event))["error"] == ""
    assert not list((tmp_path / "unfinished").glob("*"))


def test_stopped_in_the_middle_of_an_event_its_clip_is_finished_before_the_end(
    tmp_path: Path,
) -> None:
    house = armed(tmp_path)
    camera = house.settings.cameras[0].model_copy(update={"as_fast_as_possible": False})
    house.settings = house.settings.model_copy(update={"cameras": (camera,)})
    broken, stop = threading.Event(), threading.Event()
    thread = house.start(lambda: LiveSource(broken, stop))
    eventually(house.events, "an event is open")
    house.shutdown.request()
    thread.join(30)
    stop.set()
    [event] = house.events()
    assert event.end_reason == "the camera process was stopped"
    assert event.clip is not None
    assert played(clip_of(house, event)).times


class Pausing(ClipSource):
    """Stands still from second 16 on, until told to go on."""

    def __init__(self, go_on: threading.Event) -> None:
        super().__init__(footage([(5, 8), (40, 44)], 70))
        self._go_on = go_on

    def read(self) -> Frame | None:
        frame = super().read()
        if frame is not None and frame.media_time >= 16:
            self._go_on.wait(60)
        return frame


def test_an_event_deleted_before_its_clip_was_finished_stays_deleted(tmp_path: Path) -> None:
    house = armed(tmp_path, tail_seconds=20)
    go_on = threading.Event()
    thread = house.start(lambda: Pausing(go_on))
    store = EventStore(tmp_path / "events")
    eventually(lambda: [event.ended for event in house.events() if event.ended], "the event is over")
    eventually(lambda: list(store.unfinished.glob("*.mp4")), "its tail is being recorded")
    [deleted] = house.events()
    store.remove(deleted.id)
    go_on.set()
    thread.join(60)
    [other] = house.events()
    assert other.id != deleted.id
    assert other.clip is not None
    assert list(store.all_ids()) == [other.id]
    assert not list(store.unfinished.iterdir())


def test_a_real_clip_of_three_visits_gives_clips_that_play(
    tmp_path: Path, shared_path: Callable[[str], Path]
) -> None:
    source = str(shared_path("clips/three-visits.mp4"))
    house = armed(tmp_path)
    assert house.run(lambda: open_source(source, as_fast_as_possible=True)) == OK
    events = house.events()
    assert events
    for event in events:
        assert event.clip is not None
        assert event.clip_problem == ""
        facts = probed(clip_of(house, event))
        assert (facts["codec_name"], facts["pix_fmt"], facts["error"]) == ("h264", "yuv420p", "")
        assert event.ended is not None
        assert event.clip.seconds >= event.ended - event.started


def test_an_rtsp_cameras_clip_is_its_own_video(tmp_path: Path) -> None:
    if rtsp_server.missing():
        pytest.skip(rtsp_server.missing())
    import av

    recorded = tmp_path / "camera.mp4"
    with av.open(str(recorded), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"profile": "main", "g": "25"})
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for index in range(25 * 25):
            at = index / 25 > 15.0
            frame = next(footage([(0, 1)] if at else [], 0.1))
            bgr = np.roll(frame.bgr, 3 * (index % 80), axis=1)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(bgr, format="bgr24")))
        container.mux(stream.encode(None))
    house = armed(tmp_path, pre_roll_seconds=2, tail_seconds=1)
    with RtspServer(recorded) as server:
        camera = CameraSettings(name="front", source=server.url, fps=10)
        house.settings = house.settings.model_copy(
            update={"cameras": (camera,), "storage": StorageSettings(data=tmp_path, min_free_mb=0)}
        )
        thread = house.start(lambda: opened(camera))
        eventually(house.events, "an event is open", seconds=60)
        eventually(lambda: fragments(tmp_path) >= 3, "some of it is recorded")
        house.shutdown.request()
        thread.join(30)
    [event] = house.events()
    assert event.clip is not None
    assert event.clip_problem == ""
    facts = probed(clip_of(house, event))
    assert facts["profile"] == "Main"  # ours is Constrained Baseline
    assert facts["error"] == ""
    seen = played(clip_of(house, event))
    assert np.median(np.diff(seen.times)) == pytest.approx(
        1 / 25, abs=0.005
    )  # all of it, not the ten looked at
    assert event.clip.pre_roll_seconds >= 2
