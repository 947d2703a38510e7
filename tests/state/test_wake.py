"""The listener hears of changes at once, survives every loss, and ends with the process."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import redis

from app.shutdown import Shutdown
from app.state.connection import StateUnavailable, connect
from app.state.wake import WakeListener, wake
from app.state.wishes import Armed, read_wishes, write_wishes
from tests.fakes.redis_server import RedisServer
from tests.fakes.tcp import Deaf

NEVER = 3600.0
"""A re-read that does not happen within the test: what is seen came from a wake-up."""

ON = Armed(on=True, by="U1", at=1)
OFF = Armed(on=False, by="U1", at=2)


def eventually(what: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        if what():
            return True
        time.sleep(0.005)
    return False


class Looks:
    """Counts the looks and remembers which arming it saw last."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self.count = 0
        self.seen: Armed | None = None

    def __call__(self) -> None:
        self.seen = read_wishes(self._client).armed.get("front")
        self.count += 1


@pytest.fixture
def shutdown() -> Iterator[Shutdown]:
    shutdown = Shutdown()
    yield shutdown
    shutdown.request()


def test_it_looks_once_at_the_start(redis_client: redis.Redis, shutdown: Shutdown) -> None:
    write_wishes(redis_client, {"armed:front": ON})
    looks = Looks(redis_client)

    WakeListener(redis_client, "wishes", looks, shutdown, reread_seconds=NEVER).start()

    assert eventually(lambda: looks.seen == ON)


def test_a_changed_wish_is_seen_through_its_wake_up(redis_client: redis.Redis, shutdown: Shutdown) -> None:
    looks = Looks(redis_client)
    WakeListener(redis_client, "wishes", looks, shutdown, reread_seconds=NEVER).start()
    assert eventually(lambda: looks.count == 1)

    write_wishes(redis_client, {"armed:front": ON})

    assert eventually(lambda: looks.seen == ON)


def test_a_change_whose_wake_up_was_lost_is_seen_by_the_next_re_read(
    redis_client: redis.Redis, shutdown: Shutdown
) -> None:
    looks = Looks(redis_client)
    WakeListener(redis_client, "wishes", looks, shutdown, reread_seconds=0.05).start()
    assert eventually(lambda: looks.count >= 1)

    redis_client.hset("pycam:wishes", "armed:front", ON.model_dump_json())  # no wake-up

    assert eventually(lambda: looks.seen == ON)


def test_a_stream_of_wake_ups_for_others_does_not_keep_it_from_re_reading(
    redis_client: redis.Redis, shutdown: Shutdown
) -> None:
    looks, stop = Looks(redis_client), threading.Event()
    WakeListener(redis_client, "wishes", looks, shutdown, reread_seconds=0.3).start()
    assert eventually(lambda: looks.count >= 1)

    def chatter() -> None:
        while not stop.is_set():
            wake(redis_client, "outbox")

    chatterer = threading.Thread(target=chatter, daemon=True)
    chatterer.start()
    redis_client.hset("pycam:wishes", "armed:front", ON.model_dump_json())
    try:
        assert eventually(lambda: looks.seen == ON)
    finally:
        stop.set()
        chatterer.join()


def test_a_wake_up_for_others_is_no_reason_to_look(redis_client: redis.Redis, shutdown: Shutdown) -> None:
    looks = Looks(redis_client)
    WakeListener(redis_client, "wishes", looks, shutdown, reread_seconds=NEVER).start()
    assert eventually(lambda: looks.count == 1)

    for _ in range(5):
        wake(redis_client, "outbox")
    wake(redis_client, "wishes")  # pub/sub keeps order: this one is heard last

    assert eventually(lambda: looks.count == 2)
    assert not eventually_more_than(looks, 2)


def eventually_more_than(looks: Looks, count: int) -> bool:
    """Whether a further look comes in the time in which five had come."""
    deadline = time.monotonic() + 0.3
    while time.monotonic() < deadline:
        if looks.count > count:
            return True
        time.sleep(0.01)
    return False


def test_it_listens_again_after_redis_died_and_came_back(
    own_redis: RedisServer, shutdown: Shutdown, caplog: pytest.LogCaptureFixture
) -> None:
    client = connect(own_redis.url)
    looks = Looks(client)
    with caplog.at_level(logging.WARNING):
        WakeListener(client, "wishes", looks, shutdown, reread_seconds=0.2).start()
        for wish in (ON, OFF):  # twice: each outage is reported, and each recovery
            caplog.clear()
            own_redis.kill()
            assert eventually(lambda: "are off" in caplog.text)
            own_redis.start()
            assert eventually(lambda: "are on again" in caplog.text)
            write_wishes(client, {"armed:front": wish})
            assert eventually(lambda wish=wish: looks.seen == wish)  # type: ignore[misc]


def test_it_starts_without_redis_and_finds_it_later(own_redis: RedisServer, shutdown: Shutdown) -> None:
    own_redis.kill()
    client = connect(own_redis.url)
    looks = Looks(client)
    WakeListener(client, "wishes", looks, shutdown).start()

    own_redis.start()
    write_wishes(client, {"armed:front": ON})

    assert eventually(lambda: looks.seen == ON)


@pytest.mark.parametrize("error", [StateUnavailable("gone"), ValueError("a mistake"), OSError("disk")])
def test_a_look_that_fails_is_tried_again(
    redis_client: redis.Redis, shutdown: Shutdown, error: Exception
) -> None:
    calls: list[int] = []

    def look() -> None:
        calls.append(1)
        if len(calls) == 1:
            raise error

    WakeListener(redis_client, "wishes", look, shutdown, reread_seconds=0.05).start()

    assert eventually(lambda: len(calls) >= 3)


def test_it_ends_with_the_process_while_it_waits(redis_client: redis.Redis) -> None:
    shutdown = Shutdown()
    looks = Looks(redis_client)
    listener = WakeListener(redis_client, "wishes", looks, shutdown, reread_seconds=NEVER)
    listener.start()
    assert eventually(lambda: looks.count == 1)

    shutdown.request()

    assert listener.join(5)


def test_it_ends_with_the_process_while_redis_hangs() -> None:
    shutdown = Shutdown()
    with Deaf() as deaf:
        client = connect(f"redis://127.0.0.1:{deaf.port}/0", timeout_seconds=0.1)
        listener = WakeListener(client, "wishes", lambda: None, shutdown, reread_seconds=NEVER)
        listener.start()
        assert eventually(lambda: deaf.connections >= 2)

        shutdown.request()

        assert listener.join(5)
