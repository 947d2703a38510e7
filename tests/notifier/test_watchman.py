"""The watchman on a real Redis: heartbeats in, messages in the outbox, and a memory that outlives a restart."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis

from app.notifier.watch import SILENT_SECONDS, START_SECONDS, WELL_SECONDS
from app.notifier.watchman import Watchman
from app.state.connection import connect
from app.state.heartbeat import Pulse
from app.store.files import DiskFull
from app.store.outbox import Outbox


class Desk:
    """A watchman whose clock the test moves; `web` is the process it watches."""

    def __init__(self, folder: Path, client: redis.Redis) -> None:
        self.folder, self.client = folder, client
        self.now = 5000.0
        self.outbox = Outbox(folder / "outbox")
        self.web = Pulse(client, "web")
        self.begin()

    def begin(self) -> None:
        self.watchman = Watchman(
            self.client,
            self.outbox,
            ["camera:front"],
            self.folder / "notifier" / "troubles.json",
            monotonic=lambda: self.now,
            wall=lambda: 1_800_000_000 + self.now,
        )

    def pass_(self, seconds: float, *alive: Pulse) -> None:
        until = self.now + seconds
        while self.now < until:
            self.now += 5
            for pulse in alive:
                pulse.beat(at_once=True)
            self.watchman.step()

    def told(self) -> list[str]:
        """What was put since the last look, which must be for the alerts channel."""
        items = self.outbox.pending()
        for item in items:
            assert (item.kind, item.lane, item.payload["channel"]) == ("post", "alerts", None)
            assert item.payload["trouble"] in ("web", "camera:front", "redis", "socket", "presence")
            self.outbox.done(item)
        return [item.payload["text"] for item in items]


@pytest.fixture
def desk(tmp_path: Path, redis_client: redis.Redis) -> Desk:
    return Desk(tmp_path, redis_client)


def test_a_silent_process_and_its_return_are_messages(desk: Desk) -> None:
    front = Pulse(desk.client, "camera:front")
    desk.pass_(60, desk.web, front)
    desk.pass_(SILENT_SECONDS + 30, front)
    (silent,) = desk.told()
    assert "*Web* is silent since" in silent
    assert "commands are not answered" in silent

    desk.begin()  # the notifier was started again meanwhile
    desk.pass_(60, front)
    assert desk.told() == []
    desk.pass_(WELL_SECONDS + 30, desk.web, front)
    (well,) = desk.told()
    assert "*Web* is well again" in well


def test_a_crash_is_a_message_and_a_planned_restart_is_none(desk: Desk) -> None:
    front = Pulse(desk.client, "camera:front")
    desk.pass_(30, desk.web, front)
    desk.web.goodbye()
    front = Pulse(desk.client, "camera:front")
    desk.pass_(30, Pulse(desk.client, "web"), front)
    (told,) = desk.told()
    assert "Camera *front* ended unexpectedly and was started again" in told


def test_a_redis_that_is_gone_is_a_message(tmp_path: Path, desk: Desk) -> None:
    desk.client = connect("redis://127.0.0.1:1/0")
    desk.begin()
    desk.pass_(SILENT_SECONDS + 30)
    (told,) = desk.told()
    assert "*Redis* is silent" in told
    assert "cameras go on as they were last told" in told


@pytest.mark.parametrize("kept", ["", "[]", '{"web": "x"}', "\x00"])
def test_a_memory_that_cannot_be_read_is_none(desk: Desk, kept: str) -> None:
    file = desk.folder / "notifier" / "troubles.json"
    file.parent.mkdir()
    file.write_text(kept)
    desk.begin()
    desk.pass_(30, desk.web)
    assert desk.told() == []


@pytest.mark.parametrize("error", [OSError("no room"), DiskFull("full")])
def test_news_that_finds_a_full_disk_is_told_once_when_there_is_room(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    def full(*_args: object, **_more: object) -> None:
        raise error

    desk.pass_(30, desk.web)
    with monkeypatch.context() as patched:
        patched.setattr(desk.outbox, "put", full)
        desk.pass_(SILENT_SECONDS + 30)
    assert caplog.text.count("cannot be queued") == 1
    assert not (desk.folder / "notifier" / "troubles.json").exists()  # what is there counts as told

    desk.pass_(10)
    assert any("*Web* is silent" in text for text in desk.told())
    assert "queued and kept again" in caplog.text
    desk.begin()
    desk.pass_(WELL_SECONDS + 30, desk.web)
    assert [text for text in desk.told() if "*Web*" in text and "well again" not in text] == []


def test_a_notifier_started_again_on_a_full_disk_tells_what_the_one_before_could_not(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object, **_more: object) -> None:
        raise DiskFull("full")

    front = Pulse(desk.client, "camera:front")
    desk.pass_(30, desk.web, front)
    with monkeypatch.context() as patched:
        patched.setattr(desk.outbox, "put", full)
        desk.pass_(SILENT_SECONDS + 30, front)
    desk.begin()
    desk.pass_(START_SECONDS + 30, front)
    (told,) = desk.told()
    assert "*Web* is silent" in told


def test_what_was_told_is_kept_as_soon_as_the_disk_takes_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object, **_more: object) -> None:
        raise DiskFull("full")

    front = Pulse(desk.client, "camera:front")
    desk.pass_(30, desk.web, front)
    with monkeypatch.context() as patched:
        patched.setattr("app.notifier.watchman.write_whole", full)
        desk.pass_(SILENT_SECONDS + 30, front)
    assert len(desk.told()) == 1
    desk.pass_(5, front)
    desk.begin()
    desk.pass_(START_SECONDS + 30, front)
    assert desk.told() == []
