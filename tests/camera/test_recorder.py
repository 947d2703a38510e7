"""What reaches the disk and the outbox: all of it, the urgent first, whatever the disk does."""

from __future__ import annotations

import errno
import io
import json
import logging
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import fakeredis
import numpy as np
import pytest
from PIL import Image

from app.camera import announcer as announcer_module
from app.camera import recorder as recorder_module
from app.camera.announcer import Announcer
from app.camera.jobs import (
    AlertJob,
    BetterPictureJob,
    ClipJob,
    KeepPictureJob,
    PictureJob,
    PostJob,
    UpdateJob,
)
from app.camera.recorder import Recorder
from app.camera.ring import Ring
from app.camera.sample import SampleJob
from app.domain import Box
from app.media.frame import Frame
from app.media.jpeg import encode_jpeg, is_whole_jpeg
from app.settings.schema import StorageSettings
from app.store import files
from app.store.events import ClipFacts, EventRecord, EventStore
from app.store.outbox import Item, Outbox
from app.store.pictures import LastPictures
from app.store.samples import SampleStore
from app.vision.motion import Motion
from app.vision.pipeline import Outcome
from tests.camera.parts import picture
from tests.deadline import eventually

EVENT = EventRecord(id="20261120T140301-front-9f3a0c1e", camera="front", started=1.0, announced=True)
FRAME = Frame(bgr=picture(100), luma=None, time=1000.0, media_time=0, index=0)


class Desk:
    """A recorder on a folder, and what lies there."""

    def __init__(self, root: Path, *, min_free_mb: int = 0) -> None:
        self.root = root
        self.outbox, self.events = Outbox(root / "outbox"), EventStore(root / "events")
        self.samples = SampleStore(root / "samples", max_mb=100)
        self.pictures = LastPictures(root / "cameras")
        self.announcer = Announcer(self.outbox, self.events, fakeredis.FakeRedis(decode_responses=True))
        self.recorder = Recorder(
            self.announcer,
            self.events,
            self.samples,
            self.pictures,
            StorageSettings(data=root, min_free_mb=min_free_mb),
            epoch=lambda: 1001.0,
        )

    def pending(self) -> list[Item]:
        return self.outbox.pending()

    def run(self, *jobs: AlertJob | UpdateJob | PostJob | PictureJob) -> None:
        """Do these and end."""
        for job in jobs:
            self.recorder.submit(job)
        self.recorder.start()
        self.recorder.close()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[bool], None]]:
    """`full_disk(True)`: every write of whole files finds no space from now on."""
    full, replace = [False], Path.replace

    def check(self: Path, target: Path) -> Path:
        if full[0]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return replace(self, target)

    monkeypatch.setattr(files.Path, "replace", check)
    yield lambda state: full.__setitem__(0, state)


def sample(reason: str = "alert", id_: str = EVENT.id) -> SampleJob:
    ring = Ring(3)
    for number in range(3):
        ring.add(Outcome(FRAME, number, Motion()))
    return SampleJob(id_, "front", reason, ring.frames(), 3, "m.onnx", 0.3, {"fps": 10})  # type: ignore[arg-type]


def alert(event: EventRecord = EVENT) -> AlertJob:
    return AlertJob(event, FRAME, (Box(100, 60, 50, 140),), True)


def decoded(jpeg: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(jpeg)))


def test_an_alert_is_in_the_outbox_the_store_and_the_samples(desk: Desk) -> None:
    desk.recorder.submit_sample(sample())
    desk.run(alert())
    [item] = desk.pending()
    assert (item.kind, item.lane) == ("alert", "alerts")
    assert item.payload["training"] is True
    assert EventRecord.model_validate(item.payload["event"]) == EVENT
    jpeg = desk.outbox.picture(item)
    assert jpeg is not None
    assert is_whole_jpeg(jpeg)
    assert desk.events.get(EVENT.id) == EVENT
    assert [s.record.id for s in desk.samples.all()] == [EVENT.id]


def test_the_outbox_comes_first(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    for store, name in ((desk.outbox, "put"), (desk.events, "save"), (desk.samples, "save")):
        done = getattr(store, name)

        def noted(
            *args: object, _done: Callable[..., object] = done, _of: str = type(store).__name__, **kw: object
        ):  # type: ignore[no-untyped-def]
            order.append(_of)
            return _done(*args, **kw)

        monkeypatch.setattr(store, name, noted)
    desk.recorder.submit_sample(sample())
    desk.run(alert())
    assert order == ["Outbox", "EventStore", "SampleStore"]


def test_a_muted_event_is_kept_and_not_announced(desk: Desk) -> None:
    muted = EVENT.model_copy(update={"announced": False, "muted_why": "U1 switched notifications off"})
    desk.run(alert(muted), UpdateJob(muted.model_copy(update={"ended": 9.0})))
    assert desk.pending() == []
    assert desk.events.get(EVENT.id) == muted.model_copy(update={"ended": 9.0})


def test_what_becomes_of_an_event_edits_its_message_once(desk: Desk) -> None:
    better = EVENT.model_copy(update={"person_score": 0.9})
    ended = better.model_copy(update={"ended": 20.0, "end_reason": "quiet"})
    desk.run(alert(), UpdateJob(better), UpdateJob(ended))
    assert [item.kind for item in desk.pending()] == ["alert", "edit"]
    assert desk.pending()[1].payload == {"event_id": EVENT.id}
    assert desk.events.get(EVENT.id) == ended


def better(number: int = 1, event: EventRecord = EVENT) -> BetterPictureJob:
    frame = Frame(bgr=picture(200), luma=None, time=1002.0 + number, media_time=2, index=20)
    return BetterPictureJob(event, frame, (Box(200, 60, 50, 140),), number)


def test_a_better_picture_waits_beside_its_alert_and_no_edit_makes_it_forgotten(desk: Desk) -> None:
    ended = EVENT.model_copy(update={"ended": 20.0})
    desk.run(alert(), UpdateJob(EVENT), better(1), UpdateJob(EVENT), better(2), UpdateJob(ended))
    items = desk.pending()
    assert [item.kind for item in items] == ["alert", "edit", "edit", "edit"]
    pictures = [item for item in items if "picture_taken" in item.payload]
    assert [item.payload for item in pictures] == [
        {"event_id": EVENT.id, "picture_taken": 1003.0},
        {"event_id": EVENT.id, "picture_taken": 1004.0},
    ]
    assert all(is_whole_jpeg(desk.outbox.picture(item) or b"") for item in pictures)


def test_the_picture_on_disk_is_the_best_and_without_boxes(desk: Desk) -> None:
    desk.run(alert(), better())
    [path] = desk.root.glob("events/*/*/alert.jpg")
    assert path.read_bytes() == encode_jpeg(picture(200))


def test_the_time_is_on_the_copies_that_are_sent_and_not_on_the_evidence(desk: Desk) -> None:
    desk.run(alert(), better())
    for item in desk.pending():
        sent = decoded(desk.outbox.picture(item) or b"")
        assert sent[-4:, :4].max() < 60, "the dark ground of the time"
    [path] = desk.root.glob("events/*/*/alert.jpg")
    assert decoded(path.read_bytes())[-4:, :4].min() > 60


def test_a_better_picture_of_a_muted_event_is_kept_and_not_sent(desk: Desk) -> None:
    muted = EVENT.model_copy(update={"announced": False})
    desk.run(alert(muted), better(1, muted))
    assert desk.pending() == []
    [path] = desk.root.glob("events/*/*/alert.jpg")
    assert path.read_bytes() == encode_jpeg(picture(200))


def test_a_sample_that_cannot_be_stored_is_a_problem_until_one_can(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    with monkeypatch.context() as patched:
        patched.setattr(desk.samples, "save", broken)
        desk.recorder.submit_sample(sample())
        desk.recorder.start()
        eventually(lambda: desk.recorder.problem, "the problem is told")
    assert "the sample could not be stored" in desk.recorder.problem
    assert "Read-only" in desk.recorder.problem
    desk.recorder.submit_sample(sample())
    eventually(lambda: not desk.recorder.problem, "it is over")
    desk.recorder.close()


def test_a_full_disk_keeps_alerts_in_memory_and_in_order(
    desk: Desk, full_disk: Callable[[bool], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder_module, "RETRY_SECONDS", 0.02)
    second = EVENT.model_copy(update={"id": "20261120T140401-front-00000002"})
    full_disk(True)
    desk.recorder.start()
    desk.recorder.submit(alert())
    desk.recorder.submit(alert(second))
    eventually(lambda: desk.announcer.waiting == 4, "two alerts and two events wait in memory")
    assert "no space" in desk.recorder.problem
    full_disk(False)
    eventually(lambda: desk.announcer.waiting == 0, "all is written")
    desk.recorder.close()
    assert [item.payload["event"]["id"] for item in desk.pending()] == [EVENT.id, second.id]
    assert all(desk.outbox.picture(item) for item in desk.pending())
    assert desk.events.get(second.id) == second
    assert desk.recorder.problem == ""


def test_a_really_full_disk_keeps_the_newest_state_of_an_event(
    desk: Desk, full_disk: Callable[[bool], None]
) -> None:
    full_disk(True)
    desk.announcer.save(EVENT)
    desk.announcer.save(EVENT.model_copy(update={"frames": 7}))
    assert desk.announcer.waiting == 1
    full_disk(False)
    desk.announcer.retry()
    kept = desk.events.get(EVENT.id)
    assert kept is not None
    assert kept.frames == 7


def test_a_message_is_edited_only_when_what_it_shall_say_is_on_the_disk(
    desk: Desk, full_disk: Callable[[bool], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = EVENT.model_copy(update={"ended": 9.0})
    full_disk(True)
    with monkeypatch.context() as reserved:  # on a full disk the outbox still has its reserve
        reserved.setattr(desk.outbox, "_write", lambda *_: pytest.fail("it would say what was so before"))
        desk.announcer.save(ended, edit=True)
    full_disk(False)
    assert desk.pending() == []

    desk.announcer.retry()
    assert [(item.kind, item.payload) for item in desk.pending()] == [("edit", {"event_id": EVENT.id})]
    assert desk.events.get(EVENT.id) == ended


def test_memory_is_bounded_when_the_disk_never_comes_back(
    desk: Desk, full_disk: Callable[[bool], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcer_module, "MAX_KEPT", 5)
    full_disk(True)
    for number in range(20):
        desk.announcer.put("post", {"text": str(number)}, lane="alerts")
        desk.announcer.save(EVENT.model_copy(update={"id": f"20261120T140401-front-{number:08d}"}))
    assert desk.announcer.waiting == 10
    full_disk(False)
    desk.announcer.retry()
    assert [item.payload["text"] for item in desk.pending()] == ["15", "16", "17", "18", "19"]


def test_below_min_free_only_alerts_and_events_are_kept_and_it_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    desk = Desk(tmp_path, min_free_mb=1_000_000)
    caplog.set_level(logging.ERROR)
    desk.recorder.submit_picture(KeepPictureJob("front", FRAME))
    desk.recorder.submit_sample(sample())
    desk.run(alert())
    assert [item.kind for item in desk.pending()] == ["alert"]
    assert desk.events.get(EVENT.id) is not None
    assert list((tmp_path / "events").glob("*/*/alert.jpg"))
    assert list(desk.samples.all()) == []
    assert desk.pictures.get("front") is None
    assert "free" in desk.recorder.problem
    assert sum("min_free_mb" in record.message for record in caplog.records) == 1


def test_a_job_that_fails_does_not_end_the_thread(desk: Desk) -> None:
    nothing = SampleJob(EVENT.id, "front", "quiet", [], 3, None, None, {})
    desk.recorder.submit_sample(nothing)
    desk.recorder.start()
    eventually(lambda: not desk.recorder._samples_waiting, "the bad sample is taken")
    desk.recorder.submit(alert())
    desk.recorder.close()
    assert len(desk.pending()) == 1


def test_urgent_jobs_overtake_samples(desk: Desk) -> None:
    desk.recorder.submit_sample(sample("quiet", "20261120T140301-front-aaaaaaaa"))
    desk.recorder.submit(alert())
    assert isinstance(desk.recorder._next(), AlertJob)


def test_a_hanging_disk_does_not_fill_the_memory_with_frames(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder_module, "MAX_URGENT_PICTURES", 3)
    for _ in range(10):
        desk.recorder.submit(alert())
        desk.recorder.submit(better())
        desk.recorder.submit_sample(sample())
    waiting = [job for job in desk.recorder._urgent if isinstance(job, AlertJob)]
    assert len(waiting) == 10
    with_frame = [job for job in desk.recorder._urgent if getattr(job, "frame", None) is not None]
    assert len(with_frame) == 3
    assert len(desk.recorder._samples_waiting) <= recorder_module.MAX_SAMPLES


def test_a_quiet_sample_does_not_take_the_place_of_an_alert_s(desk: Desk) -> None:
    desk.recorder.submit_sample(sample("quiet", "20261120T140301-front-aaaaaaaa"))
    desk.recorder.submit_sample(sample())
    desk.recorder.submit_sample(sample("quiet", "20261120T140301-front-bbbbbbbb"))
    assert [job.reason for job in desk.recorder._samples_waiting] == ["alert"]


def test_submitting_never_waits_for_the_disk(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    release, entered = threading.Event(), threading.Event()

    def hang(_event: EventRecord) -> None:
        entered.set()
        release.wait(60)

    monkeypatch.setattr(desk.events, "save", hang)
    desk.recorder.start()
    desk.recorder.submit(alert())
    eventually(entered.is_set, "the recorder hangs in the disk")
    for _ in range(100):
        desk.recorder.submit(UpdateJob(EVENT))  # would never return if it waited
    release.set()
    desk.recorder.close()


def test_a_picture_that_was_asked_for_goes_to_the_channel_that_asked(desk: Desk) -> None:
    answered = threading.Event()
    desk.run(PictureJob("front", "C123", FRAME, 1000.5, answered.set))
    [item] = desk.pending()
    assert (item.kind, item.lane, item.payload["channel"]) == ("picture", "C123", "C123")
    assert "front" in item.payload["text"]
    assert item.payload["title"].startswith("front, ")
    assert answered.is_set()
    kept = desk.pictures.get("front")
    assert kept is not None
    assert kept.jpeg == desk.outbox.picture(item)


def test_without_frames_the_last_picture_is_sent_with_its_age(desk: Desk) -> None:
    desk.pictures.save("front", b"\xff\xd8\xff old \xff\xd9")
    os.utime(desk.root / "cameras" / "front" / "last.jpg", (401, 401))
    desk.run(PictureJob("front", "C123", None, 1000.0, lambda: None))
    [item] = desk.pending()
    assert desk.outbox.picture(item) == b"\xff\xd8\xff old \xff\xd9"
    assert "10 min ago" in item.payload["text"]


def test_half_a_picture_that_a_power_cut_left_is_not_sent(desk: Desk) -> None:
    desk.pictures.save("front", encode_jpeg(picture(100))[:-200])
    desk.run(PictureJob("front", "C123", None, 1000.0, lambda: None))
    [item] = desk.pending()
    assert item.kind == "post"


def test_without_any_picture_a_sentence_says_so(desk: Desk) -> None:
    desk.run(PictureJob("front", "C123", None, 1000.0, lambda: None))
    [item] = desk.pending()
    assert (item.kind, item.payload["channel"]) == ("post", "C123")
    assert "no picture" in item.payload["text"]


def test_a_notice_is_remembered_as_told_once_it_is_in_the_outbox(desk: Desk) -> None:
    told: list[int] = []
    desk.run(PostJob("the camera is away", lambda: told.append(len(desk.pending()))))
    assert told == [1]
    assert desk.pending()[0].payload == {"channel": None, "text": "the camera is away"}


def test_a_notice_of_trouble_names_whose_it_is(desk: Desk) -> None:
    desk.run(PostJob("the camera is away", lambda: None, "camera:front"))
    assert desk.pending()[0].payload["trouble"] == "camera:front"


def test_pictures_of_a_sample_are_whole_and_its_facts_are_json(desk: Desk) -> None:
    desk.recorder.submit_sample(sample())
    desk.run(alert())
    folder = desk.root / "samples" / EVENT.id
    assert all(is_whole_jpeg(path.read_bytes()) for path in folder.glob("*.jpg"))
    assert json.loads((folder / "sample.json").read_text())["settings"] == {"fps": 10}


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small file system needs root")
def test_a_real_small_disk_that_fills_up_loses_no_alert(tmp_path: Path) -> None:
    import subprocess

    root = tmp_path / "disk"
    root.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(root)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("this root may not mount a tmpfs")
    try:
        desk = Desk(root)
        filler = root / "filler"
        with pytest.raises(OSError, match="No space"):
            filler.write_bytes(bytes(600_000))
        desk.announcer.put("alert", {"n": 1}, lane="alerts", picture=bytes(10_000))
        assert desk.announcer.waiting == 1
        filler.unlink()
        desk.announcer.retry()
        assert desk.announcer.waiting == 0
        assert len(desk.pending()) == 1
    finally:
        subprocess.run(["umount", str(root)], check=True)


def test_an_event_whose_clip_is_finished_is_saved_with_it_and_its_message_written_anew(desk: Desk) -> None:
    clip = ClipFacts(seconds=20, pre_roll_seconds=10, bytes=1000, width=640, height=480)
    announced = EVENT.model_copy(update={"announced": True, "clip": clip})
    desk.events.save(EVENT)
    desk.run(ClipJob(announced))
    assert desk.events.get(EVENT.id) == announced
    edit, follows = desk.pending()
    assert (edit.kind, edit.payload) == ("edit", {"event_id": EVENT.id})
    assert (follows.kind, follows.lane, follows.payload) == ("clip", "clips", {"event_id": EVENT.id})


def test_where_no_clip_came_about_none_follows_the_alert(desk: Desk) -> None:
    desk.events.save(EVENT)
    desk.run(ClipJob(EVENT.model_copy(update={"announced": True, "clip_problem": "the disk is full"})))
    assert [item.kind for item in desk.pending()] == ["edit"]


def test_a_clip_of_an_event_that_was_not_announced_writes_no_message(desk: Desk) -> None:
    desk.events.save(EVENT)
    desk.run(ClipJob(EVENT.model_copy(update={"announced": False, "clip_problem": "the disk is full"})))
    event = desk.events.get(EVENT.id)
    assert event is not None
    assert event.clip_problem == "the disk is full"
    assert desk.pending() == []


def test_who_asks_for_a_picture_of_now_gets_no_old_one(desk: Desk) -> None:
    desk.pictures.save("front", b"\xff\xd8\xff old \xff\xd9")
    desk.run(PictureJob("front", "C123", None, 1000.0, lambda: None, fresh=True))
    [item] = desk.pending()
    assert item.kind == "post"
    assert "gives no picture now" in item.payload["text"]


def test_an_event_that_was_deleted_before_its_clip_was_finished_stays_deleted(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    desk.events.save(EVENT)
    desk.events.remove(EVENT.id)
    called: list[str] = []
    desk.run(ClipJob(EVENT.model_copy(update={"announced": True}), lambda: called.append("told")))
    assert not desk.events.has_record(EVENT.id)
    assert (desk.pending(), called) == ([], [])
    assert "was deleted meanwhile" in caplog.text


def test_an_event_that_waits_for_the_disk_is_not_taken_for_deleted(
    desk: Desk, full_disk: Callable[[bool], None]
) -> None:
    called: list[str] = []
    full_disk(True)
    desk.recorder.start()
    desk.recorder.submit(AlertJob(EVENT, None, (), False))
    done = EVENT.model_copy(update={"clip_problem": "the disk is full"})
    desk.recorder.submit(ClipJob(done, lambda: called.append("told")))
    eventually(lambda: desk.announcer.waiting >= 2, "both wait")
    eventually(lambda: not desk.recorder._has_work(), "both were looked at")
    assert called == []
    full_disk(False)
    desk.recorder.close()
    assert desk.events.get(EVENT.id) == done
    assert called == ["told"]


def test_a_thread_that_is_merely_late_has_lost_no_message(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(*_args: object) -> None:
        begun.set()
        go_on.wait(20)

    monkeypatch.setattr(desk.samples, "save", slow)
    desk.recorder.submit_sample(sample())
    desk.recorder.start()
    assert begun.wait(20)
    desk.recorder.close(timeout=0)
    assert "a sample or a picture is not on it" in caplog.text
    assert "messages" not in caplog.text
    caplog.clear()
    desk.recorder.submit(alert())
    desk.recorder.close(timeout=0)
    assert "did not take 1 messages and events" in caplog.text
    go_on.set()
    desk.recorder.close()
