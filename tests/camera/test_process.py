"""The whole process, in this one: real threads, real files, real Redis."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from app.camera import gate as gate_module
from app.camera.process import BAD_SOURCE, OK, START_ME_AGAIN, run
from app.media.frame import Frame
from app.media.reader import FrameReader
from app.media.sources import Source, SourceError
from app.settings.schema import CameraSettings, Secrets, Settings, StorageSettings
from app.shutdown import Shutdown
from app.state.connection import connect
from app.state.snapshot import read_snapshot
from app.state.wishes import Armed, Head, Picture, write_wishes
from app.store.events import EventRecord
from app.store.orders import LastOrders
from app.store.outbox import Item, Outbox
from app.vision.modelfile import ModelError
from tests.camera.parts import ClipSource, Portrait, footage
from tests.deadline import eventually
from tests.fakes.redis_server import RedisServer

NO_REDIS = "redis://127.0.0.1:1/0"


@pytest.fixture(autouse=True)
def portrait(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model in these tests."""
    monkeypatch.setattr(gate_module, "load_detector", lambda *_args, **_more: Portrait())


@pytest.fixture(autouse=True)
def a_quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """No power is cut here, and on a busy machine an fsync takes seconds: a process that ends waits for ten of them
    at most, and the next would tell again what the one before could not keep."""
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)


class House:
    """One camera process in a thread."""

    def __init__(self, root: Path, redis_url: str, **camera: Any) -> None:
        self.root, self.shutdown = root, Shutdown()
        fast = {"as_fast_as_possible": True, **camera}
        self.settings = Settings(
            cameras=(CameraSettings(name="front", source="clip.mp4", **fast),),
            storage=StorageSettings(data=root, min_free_mb=0),
            secrets=Secrets(redis_url=redis_url),
        )
        self.code: int | None = None

    def arm_on_disk(self) -> None:
        orders = {"armed": {"by": "U1", "at": 1.0, "on": True}}
        LastOrders(self.root / "cameras", "front").keep(json.dumps(orders))

    def run(self, source: Callable[[], Source]) -> int:
        self.code = run(self.settings, self.shutdown, "front", source=lambda _camera: source())
        return self.code

    def start(self, source: Callable[[], Source]) -> threading.Thread:
        thread = threading.Thread(target=self.run, args=(source,), daemon=True)
        thread.start()
        return thread

    def items(self, kind: str) -> list[Item]:
        return [item for item in Outbox(self.root / "outbox").pending() if item.kind == kind]

    def events(self) -> list[EventRecord]:
        paths = sorted((self.root / "events").glob("*/*/event.json"))
        return [EventRecord.model_validate_json(path.read_bytes()) for path in paths]


class LiveSource(ClipSource):
    """Frames at the pace of life, for ever; `fail` and `heal` play a cable pulled and put back."""

    live = True

    def __init__(self, broken: threading.Event, stop: threading.Event) -> None:
        super().__init__(footage([(1, 10_000)], 10_000, start=time.time()))
        self._broken, self._stop = broken, stop

    def open(self) -> None:
        if self._broken.is_set():
            raise SourceError("no route to camera")

    def read(self) -> Frame | None:
        self._stop.wait(0.02)
        if self._broken.is_set():
            raise SourceError("no route to camera")
        return super().read()


@pytest.fixture
def cable() -> Iterator[tuple[threading.Event, Callable[[], Source]]]:
    """(set it to pull the cable, what makes sources)."""
    broken, stop = threading.Event(), threading.Event()
    yield broken, lambda: LiveSource(broken, stop)
    stop.set()


def test_a_clip_ends_with_its_event_ended_and_everything_written(tmp_path: Path) -> None:
    house = House(tmp_path, NO_REDIS)
    house.arm_on_disk()
    assert house.run(lambda: ClipSource(footage([(3, 8), (20, 40)], 30))) == OK
    assert [event.end_reason for event in house.events()] == ["quiet", "clip over"]
    assert len(house.items("alert")) == 2
    assert len(house.items("edit")) == 2
    assert len(list((tmp_path / "samples").glob("*/sample.json"))) == 2


def test_a_clip_that_cannot_be_read_is_an_error_of_its_own(tmp_path: Path) -> None:
    house = House(tmp_path, NO_REDIS)
    broken = SourceError("clip.mp4 is cut off", permanent=True)
    assert house.run(lambda: ClipSource(footage([], 0), broken)) == BAD_SOURCE
    [post] = house.items("post")
    assert "cannot be used: clip.mp4 is cut off" in post.payload["text"]


def test_a_source_that_can_never_be_read_is_told_once_and_not_at_every_restart(tmp_path: Path) -> None:
    broken = SourceError("clip.mp4 does not exist", permanent=True)
    for _ in range(3):
        assert House(tmp_path, NO_REDIS).run(lambda: ClipSource(footage([], 0), broken)) == BAD_SOURCE
    house = House(tmp_path, NO_REDIS)
    assert len(house.items("post")) == 1
    assert house.run(lambda: ClipSource(footage([], 1))) == OK
    assert "back" in house.items("post")[1].payload["text"]
    assert House(tmp_path, NO_REDIS).run(lambda: ClipSource(footage([], 0), broken)) == BAD_SOURCE
    assert len(house.items("post")) == 3


def test_a_camera_that_only_a_new_process_gets_back_ends_this_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FrameReader, "hopeless", property(lambda self: True))
    monkeypatch.setattr(FrameReader, "get", lambda self, timeout: None)
    for _ in range(2):
        assert House(tmp_path, NO_REDIS).run(lambda: ClipSource(footage([], 1))) == START_ME_AGAIN
    [post] = House(tmp_path, NO_REDIS).items("post")
    assert "a new one tries" in post.payload["text"]


def test_no_line_of_the_log_ends_in_an_empty_reason(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    assert House(tmp_path, NO_REDIS).run(lambda: ClipSource(footage([], 1))) == OK
    lines = [record.getMessage() for record in caplog.records]
    assert "the camera is running" in lines
    assert not [line for line in lines if line.rstrip().endswith(":")]


def test_disarmed_from_the_first_day_a_clip_leaves_nothing(tmp_path: Path) -> None:
    house = House(tmp_path, NO_REDIS)
    assert house.run(lambda: ClipSource(footage([(3, 8)], 12))) == OK
    assert house.events() == []
    assert house.items("alert") == []
    assert not (tmp_path / "cameras" / "front" / "last.jpg").exists()


def test_wishes_take_effect_and_facts_follow(
    tmp_path: Path, redis_client: redis.Redis, redis_url: str, cable: tuple[Any, Callable[[], Source]]
) -> None:
    house = House(tmp_path, redis_url, as_fast_as_possible=False)
    thread = house.start(cable[1])

    def fact() -> Any:
        return read_snapshot(redis_client).facts.camera.get("front")

    eventually(lambda: fact() and fact().source_state == "running", "the camera runs")
    assert not fact().watching
    write_wishes(redis_client, {"armed:front": Armed(by="U1", at=time.time(), on=True)})
    eventually(lambda: fact().watching, "it watches")
    eventually(lambda: fact().event_id, "an event is open")
    wish = Picture(by="U1", at=time.time(), id="p1", channel="C9")
    write_wishes(redis_client, {"picture:front": wish})
    eventually(lambda: house.items("picture"), "the picture is on its way")
    write_wishes(redis_client, {"armed:front": Armed(by="U1", at=time.time(), on=False)})
    eventually(lambda: house.events()[0].end_reason == "disarmed", "the event is ended")
    house.shutdown.request()
    thread.join(20)
    assert house.code == OK
    assert len(house.items("picture")) == 1


def test_redis_dying_in_the_middle_stops_no_frame_and_no_alert(
    tmp_path: Path, own_redis: RedisServer, cable: tuple[Any, Callable[[], Source]]
) -> None:
    client = connect(own_redis.url)
    write_wishes(client, {"armed:front": Armed(by="U1", at=1.0, on=True)})
    house = House(tmp_path, own_redis.url, as_fast_as_possible=False)
    started = threading.Event()
    source = cable[1]

    def after_the_death() -> Source:
        own_redis.kill()
        started.set()
        return source()

    thread = house.start(after_the_death)
    eventually(started.is_set, "Redis died")
    eventually(lambda: house.items("alert"), "an alert is in the outbox")
    own_redis.start()
    eventually(lambda: read_snapshot(client).wishes.armed.get("front"), "the orders are given back")
    eventually(lambda: "front" in read_snapshot(client).facts.camera, "facts are told again")
    house.shutdown.request()
    thread.join(20)
    assert house.code == OK


def test_a_lost_camera_is_told_once_and_its_return_once(
    tmp_path: Path, cable: tuple[threading.Event, Callable[[], Source]]
) -> None:
    broken, source = cable
    house = House(tmp_path, NO_REDIS, as_fast_as_possible=False, stall_seconds=1)
    thread = house.start(source)
    broken.set()
    eventually(lambda: house.items("post"), "people are told")
    assert "no route to camera" in house.items("post")[0].payload["text"]
    broken.clear()
    eventually(lambda: len(house.items("post")) == 2, "people are told again")
    assert "back" in house.items("post")[1].payload["text"]
    house.shutdown.request()
    thread.join(20)
    assert len(house.items("post")) == 2


def test_a_disarmed_camera_is_let_go_of_if_so_set(
    tmp_path: Path, redis_client: redis.Redis, redis_url: str, cable: tuple[Any, Callable[[], Source]]
) -> None:
    opened: list[int] = []

    def source() -> Source:
        opened.append(1)
        return cable[1]()

    house = House(tmp_path, redis_url, as_fast_as_possible=False, release_when_disarmed=True)
    thread = house.start(source)

    def state() -> str | None:
        fact = read_snapshot(redis_client).facts.camera.get("front")
        return fact.source_state if fact else None

    eventually(lambda: state() == "released", "it is released from the start")
    assert opened == []
    write_wishes(redis_client, {"armed:front": Armed(by="U1", at=time.time(), on=True)})
    eventually(lambda: state() == "running", "it is opened")
    write_wishes(redis_client, {"armed:front": Armed(by="U1", at=time.time(), on=False)})
    eventually(lambda: state() == "released", "it is released")
    house.shutdown.request()
    thread.join(20)
    assert len(opened) == 1


def test_a_model_that_was_passed_over_is_in_the_facts(
    tmp_path: Path, redis_client: redis.Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    second_best = Portrait()
    second_best.skipped = (ModelError("best.onnx is empty"),)
    monkeypatch.setattr(gate_module, "load_detector", lambda *_args, **_more: second_best)
    house = House(tmp_path, redis_url)
    assert house.run(lambda: ClipSource(footage([], 2))) == OK
    fact = read_snapshot(redis_client).facts.camera["front"]
    assert fact.person_model == "portrait.onnx"
    assert "best.onnx is empty" in fact.person_problem


def test_an_unknown_camera_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        run(House(tmp_path, NO_REDIS).settings, Shutdown(), "attic")


def test_the_head_follows_a_wish_and_stands_there_after_a_restart(
    tmp_path: Path, redis_client: redis.Redis, redis_url: str, cable: tuple[Any, Callable[[], Source]]
) -> None:
    def fact() -> Any:
        return read_snapshot(redis_client).facts.camera.get("front")

    house = House(tmp_path, redis_url, as_fast_as_possible=False)
    thread = house.start(cable[1])
    eventually(lambda: fact() and fact().head == "simulated", "the head is reported")
    assert (fact().pan, fact().tilt) == (None, None)
    write_wishes(redis_client, {"head:front": Head(by="U1", at=time.time(), pan=30, tilt=-10)})
    eventually(lambda: (fact().pan, fact().tilt) == (30, -10), "it looks there")
    house.shutdown.request()
    thread.join(20)
    redis_client.flushall()
    again = House(tmp_path, redis_url, as_fast_as_possible=False)
    thread = again.start(cable[1])
    eventually(lambda: fact() and (fact().pan, fact().tilt) == (30, -10), "it stands there")
    again.shutdown.request()
    thread.join(20)


def test_a_camera_without_a_head_reports_none(
    tmp_path: Path, redis_client: redis.Redis, redis_url: str
) -> None:
    house = House(tmp_path, redis_url, head={"kind": "none"})
    assert house.run(lambda: ClipSource(footage([], 2))) == OK
    assert read_snapshot(redis_client).facts.camera["front"].head == ""
