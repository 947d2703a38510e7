"""The process: what stops its start, what it says of itself, and that kill -9 loses and doubles nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest
import redis
import yaml

from app.domain import Tag
from app.settings import Settings
from app.shutdown import Shutdown
from app.state.facts import Facts
from app.state.snapshot import read_snapshot
from app.state.wishes import Upload, write_wishes
from app.store.outbox import Outbox
from app.uploader.desk import summary
from app.uploader.loop import Round
from app.uploader.process import run
from tests.fakes.s3_faults import hangs, on, refused
from tests.uploader.conftest import House

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 30.0

T = TypeVar("T")


@pytest.fixture(autouse=True)
def _quick_heart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Facts are news sooner than every five seconds."""
    monkeypatch.setattr("app.uploader.process.HEARTBEAT_SECONDS", 0.05)


def eventually(look: Callable[[], T]) -> T:
    """The first truth `look` tells; False is asked again, until the test's patience ends."""
    deadline = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)
    return found


@contextmanager
def running(settings: Settings) -> Iterator[list[int]]:
    """The uploader in a thread; the list holds its exit code once it has ended."""
    shutdown, code = Shutdown(), list[int]()
    thread = threading.Thread(target=lambda: code.append(run(settings, shutdown)), daemon=True)
    thread.start()
    try:
        yield code
    finally:
        shutdown.request()
        thread.join(PATIENCE)
        assert not thread.is_alive()


def with_redis(house: House, url: str) -> Settings:
    return house.settings.model_copy(
        update={"secrets": house.settings.secrets.model_copy(update={"redis_url": url})}
    )


def answers(house: House) -> list[dict[str, Any]]:
    outbox = Outbox(house.settings.storage.data / "outbox")
    return [dict(item.payload) for item in outbox.pending()]


def test_uploads_that_are_off_do_not_start(house: House, caplog: pytest.LogCaptureFixture) -> None:
    off = house.settings.uploader.model_copy(update={"enabled": False})
    settings = house.settings.model_copy(update={"uploader": off})
    assert run(settings, Shutdown()) == os.EX_CONFIG
    assert "uploader.enabled" in caplog.text


def test_a_second_uploader_of_the_same_samples_does_not_start(house: House) -> None:
    house.tagged(10)
    with running(house.settings):
        eventually(lambda: not house.on_disk())  # so it has the lock
        assert run(house.settings, ended()) == os.EX_TEMPFAIL


def ended() -> Shutdown:
    shutdown = Shutdown()
    shutdown.request()
    return shutdown


def test_without_redis_it_uploads_all_the_same(house: House) -> None:
    house.tagged(10)
    before = house.on_disk()
    with running(house.settings) as code:
        eventually(lambda: not house.on_disk())
    assert code == [os.EX_OK]
    assert house.in_bucket() == before


def test_it_says_what_waits_and_why(house: House, redis_url: str, redis_client: redis.Redis) -> None:
    house.tagged(10)
    house.proxy.add(refused(on("GET"), 404, "NoSuchBucket"))

    def told() -> Facts | None:
        facts = read_snapshot(redis_client).facts
        return facts if facts.upload is not None and facts.upload.problem else None

    with running(with_redis(house, redis_url)):
        facts = eventually(told)
    assert facts is not None
    assert facts.upload is not None
    assert (facts.upload.waiting, facts.upload.last_success_at) == (1, None)
    assert "no such bucket" in facts.process["uploader"].problem


def test_an_end_that_was_asked_for_is_no_alarm(
    house: House, redis_url: str, redis_client: redis.Redis
) -> None:
    with running(with_redis(house, redis_url)):
        eventually(lambda: read_snapshot(redis_client).facts.upload)
    facts = read_snapshot(redis_client).facts
    assert facts.goodbye["uploader"].started == facts.process["uploader"].started


def wish(client: redis.Redis, id_: str) -> None:
    asked = Upload(by="U1", at=time.time(), id=id_, channel="C1")
    write_wishes(client, {"upload": asked})


def test_a_wish_is_a_round_at_once_and_the_channel_hears_how_it_went(
    house: House, redis_url: str, redis_client: redis.Redis
) -> None:
    with running(with_redis(house, redis_url)):
        eventually(lambda: read_snapshot(redis_client).facts.upload)  # the round of the start is over soon
        house.tagged(10)
        wish(redis_client, "w1")  # the next round by itself is five minutes away
        eventually(lambda: answers(house))
    (answer,) = answers(house)
    assert answer["channel"] == "C1"
    assert answer["text"].startswith("<@U1> 1 sample uploaded")


def test_a_wish_made_while_nobody_ran_is_answered_once_and_not_again_after_a_restart(
    house: House, redis_url: str, redis_client: redis.Redis
) -> None:
    wish(redis_client, "w1")
    settings = with_redis(house, redis_url)
    with running(settings):
        eventually(lambda: answers(house))
        eventually(lambda: served(redis_client) == "w1")
    with running(settings):
        wish(redis_client, "w2")
        eventually(lambda: len(answers(house)) > 1)
        eventually(lambda: served(redis_client) == "w2")
    assert len(answers(house)) == 2


def served(client: redis.Redis) -> str:
    fact = read_snapshot(client).facts.upload
    return fact.served if fact else ""


@pytest.mark.parametrize(
    ("result", "says"),
    [
        (Round(0, 0, 0, "", False), "Nothing to upload: no tagged sample waits."),
        (Round(1, 1_500_000, 0, "", False), "1 sample uploaded (1.5 MB)."),
        (Round(2, 3_000_000, 1, "It rains.", False), "2 samples uploaded (3.0 MB). 1 still waits. It rains."),
        (Round(0, 0, 3, "It rains.", True), "Nothing was uploaded. 3 still wait. It rains."),
    ],
)
def test_the_answer_says_what_came_of_it(result: Round, says: str) -> None:
    assert summary(result) == says


@contextmanager
def process(house: House, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`python -m app uploader`, as systemd would run it."""
    uploader = house.settings.uploader.model_dump(mode="json")
    config = folder / "overlay.yml"
    config.write_text(yaml.safe_dump({"uploader": uploader}))
    environment = {
        **os.environ,
        "PYCAM_CONFIG": str(config),
        "PYCAM_DATA": str(house.settings.storage.data),
        "REDIS_URL": "redis://127.0.0.1:1/0",
    }
    with (folder / "uploader.log").open("ab") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "app", "uploader"], cwd=ROOT, env=environment, stderr=log, stdout=log
        )
    try:
        yield child
    finally:
        child.kill()
        child.wait(PATIENCE)


@pytest.mark.scenario
@pytest.mark.parametrize("ending", ["001.jpg", "sample.json"])
def test_killed_in_the_middle_of_an_upload_nothing_is_lost_and_nothing_sent_twice(
    house: House, tmp_path: Path, ending: str
) -> None:
    first = house.tagged(10)
    house.tagged(20, Tag.UNOCCUPIED)
    before = house.on_disk()
    test_over = threading.Event()
    hang = house.proxy.add(hangs(on("PUT", f"{first}/{ending}"), test_over))
    try:
        with process(house, tmp_path) as child:
            assert hang.met.wait(PATIENCE), (tmp_path / "uploader.log").read_text()
            child.send_signal(signal.SIGKILL)
            child.wait(PATIENCE)
        assert house.on_disk() == before
        sent = Counter(house.proxy.keys("PUT"))
        house.proxy.heal()
        with process(house, tmp_path) as child:
            eventually(lambda: not house.on_disk())
            child.send_signal(signal.SIGTERM)
            assert child.wait(PATIENCE) == 0
    finally:
        test_over.set()
    assert house.in_bucket() == before
    sent += Counter(house.proxy.keys("PUT"))
    twice = {key for key, times in sent.items() if times > 1}
    assert twice == {f"pycam/samples/{first}/{ending}"}  # the one that never arrived
