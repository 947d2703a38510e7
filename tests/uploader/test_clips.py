"""Clips in the bucket: each once, the newest first, with a link that works for a while and for whoever has it."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from app.domain import new_event_id
from app.settings import Settings
from app.store.bucket import Bucket, Content
from app.store.events import ClipFacts, EventRecord, EventStore
from app.store.outbox import Outbox
from app.uploader.clips import DAYS, LATE_SECONDS, LOOK_SECONDS, ClipUploads
from app.uploader.process import run
from tests.deadline import eventually
from tests.fakes.s3_faults import on, refused
from tests.uploader.conftest import House
from tests.uploader.test_policy import least

__all__ = ["least"]  # a fixture

NOW = 1_800_000_000.0
MP4 = b"\0\0\0\x18ftypmp42 video"


class Yard:
    """Events beside the house's samples, and an uploader of clips that can be made anew as after a restart."""

    def __init__(self, house: House, data: Path) -> None:
        self.house = house
        self.events = EventStore(data / "events")
        self.told: list[tuple[str, str, float]] = []
        self.now = NOW
        self.restart()

    def restart(self) -> None:
        settings = self.house.settings.uploader
        self.clips = ClipUploads(
            self.events,
            lambda: Bucket.of(settings),
            settings,
            lambda event, link, until: self.told.append((event.id, link, until)),
            now=lambda: self.now,
        )

    def event(self, ago: float = 100.0, content: bytes | None = MP4, **facts: Any) -> str:
        started = self.now - ago
        recorded = ClipFacts(seconds=20, bytes=len(content)) if content is not None else None
        values = {"ended": started + 5, "clip": recorded, "announced": True, **facts}
        event = EventRecord(id=new_event_id("front", started), camera="front", started=started, **values)
        self.events.save(event)
        if content is not None:
            self.events.clip_place(event.id).write_bytes(content)
        return event.id

    def step(self) -> float:
        return self.clips.step(self.house.shutdown)

    def in_bucket(self) -> dict[str, bytes]:
        return self.house.server.objects(self.house.bucket)


@pytest.fixture
def yard(house: House, tmp_path: Path) -> Yard:
    return Yard(house, tmp_path)


def test_each_clip_is_sent_once_the_newest_first(yard: Yard) -> None:
    old, new = yard.event(3 * 86_400), yard.event(10)
    assert yard.step() == LOOK_SECONDS
    day = f"{new[:4]}-{new[4:6]}-{new[6:8]}"
    assert yard.in_bucket()[f"pycam/clips/{day}/{new}.mp4"] == MP4
    assert [event_id for event_id, _, _ in yard.told] == [new, old]
    yard.step()
    yard.restart()
    yard.step()
    assert len(yard.told) == 2
    assert len(yard.house.proxy.keys("PUT")) == 2


def test_the_link_shows_it_to_whoever_has_it_until_it_ends(yard: Yard) -> None:
    yard.event()
    yard.step()
    [(_, link, until)] = yard.told
    assert until == NOW + 7 * 86_400
    query = parse_qs(urlsplit(link).query)
    assert query["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert query["X-Amz-Expires"] == [str(7 * 86_400)]
    seen = requests.get(link, timeout=10)
    assert (seen.status_code, seen.content, seen.headers["Content-Type"]) == (200, MP4, "video/mp4")


def test_the_policy_of_setup_md_is_enough_to_send_it_and_to_read_it(
    yard: Yard, least: dict[str, str]
) -> None:
    """A link can do no more than the keys it was signed with. (The server cannot check one while it checks keys.)"""
    event_id = yard.event()
    assert yard.step() == LOOK_SECONDS
    key = f"pycam/clips/{event_id[:4]}-{event_id[4:6]}-{event_id[6:8]}/{event_id}.mp4"
    assert Bucket.of(yard.house.settings.uploader).read(key) == MP4


@pytest.mark.parametrize(
    "facts",
    [
        {"content": None},
        {"content": None, "clip_problem": "the disk was full"},
        {"content": None, "ended": None},
        {"clip": None},
        {"ago": (DAYS + 2) * 86_400},
    ],
    ids=["no clip", "a problem", "going on", "not finished", "too old"],
)
def test_what_is_no_finished_clip_of_these_days_is_left_alone(facts: dict[str, Any], yard: Yard) -> None:
    for day in range(1, DAYS + 1):
        yard.event(day * 86_400, None)
    yard.event(**facts)
    assert yard.step() == LOOK_SECONDS
    assert yard.in_bucket() == {}


def test_a_clip_that_is_finished_later_is_sent_then(yard: Yard) -> None:
    event_id = yard.event(content=None)
    yard.step()
    event = yard.events.get(event_id)
    assert event is not None
    yard.events.clip_place(event_id).write_bytes(MP4)
    yard.events.save(event.model_copy(update={"clip": ClipFacts(seconds=1)}))
    yard.now += LATE_SECONDS - 200
    yard.step()
    assert len(yard.told) == 1


def test_a_bucket_that_refuses_is_said_once_and_asked_less_and_less_often(
    yard: Yard, caplog: pytest.LogCaptureFixture
) -> None:
    yard.event()
    yard.house.proxy.add(refused(on("PUT"), 503, "SlowDown"))
    rests = [yard.step() for _ in range(3)]
    assert rests == [10, 20, 40]
    assert caplog.text.count("clips wait") == 1
    assert yard.clips.problem
    yard.house.proxy.heal()
    assert yard.step() == LOOK_SECONDS
    assert yard.clips.problem == ""
    assert len(yard.told) == 1


def test_what_only_a_person_can_mend_is_asked_rarely(yard: Yard) -> None:
    yard.event()
    yard.house.proxy.add(refused(on("PUT"), 403, "AccessDenied"))
    assert yard.step() == 3600


def test_a_clip_that_cannot_be_read_is_said_and_does_not_hold_up_those_behind_it(
    yard: Yard, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    whole, broken = yard.event(200), yard.event(10)
    put = Bucket.put

    def bad_sector(bucket: Bucket, key: str, content: Content) -> None:
        if broken in key:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        put(bucket, key, content)

    with monkeypatch.context() as patch:
        patch.setattr(Bucket, "put", bad_sector)
        assert yard.step() == yard.step() == LOOK_SECONDS
    assert [event_id for event_id, _, _ in yard.told] == [whole]
    assert len([line for line in caplog.messages if broken in line and "cannot be read" in line]) == 1
    yard.restart()
    yard.step()
    assert [event_id for event_id, _, _ in yard.told] == [whole, broken]


def test_an_event_that_is_removed_meanwhile_is_no_trouble(yard: Yard) -> None:
    event_id = yard.event()
    send = yard.clips._open

    class Removing:
        def put(self, key: str, content: Any) -> None:
            send().put(key, content)
            yard.events.remove(event_id)

        def link(self, key: str, seconds: float) -> str:
            return send().link(key, seconds)

    yard.clips._open = Removing
    assert yard.step() == LOOK_SECONDS
    assert not yard.events.has_folder(event_id)
    assert yard.clips.problem == ""


@pytest.fixture
def process(house: House, tmp_path: Path) -> Iterator[Settings]:
    """The uploader itself, for clips above 1 MB a link follows."""
    settings = house.settings.model_copy(
        update={
            "uploader": house.settings.uploader.model_copy(update={"clips": True}),
            "slack": house.settings.slack.model_copy(update={"clip_max_mb": 1}),
        }
    )
    thread = threading.Thread(target=run, args=(settings, house.shutdown), daemon=True)
    thread.start()
    yield settings
    house.shutdown.request()
    thread.join(30)


def test_a_link_follows_for_the_clip_that_slack_does_not_have(
    yard: Yard, process: Settings, tmp_path: Path
) -> None:
    large = yard.event(30, MP4 * 60_000)
    yard.event(20)
    yard.event(10, MP4 * 60_000, announced=False)
    outbox = Outbox(tmp_path / "outbox")
    eventually(lambda: len(yard.in_bucket()) == 3 and outbox.pending(), "three clips and a link")
    [item] = outbox.pending()
    assert (item.kind, item.lane, item.payload["event_id"]) == ("clip", "clips", large)
    assert requests.get(item.payload["link"], timeout=10).status_code == 200
