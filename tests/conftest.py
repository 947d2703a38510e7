"""Fixtures every part shares: a real, empty Redis, and the material that lies beside the project."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest
import redis

from app.state.connection import connect
from tests.fakes.redis_server import REDIS_SERVER, RedisServer

# No deadline: a busy machine is no bug. In CI the same examples each time: what a new one finds is found at a desk.
hypothesis.settings.register_profile("desk", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "desk")

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"


@pytest.fixture(autouse=True)
def _process_as_it_was() -> Iterator[None]:
    """A command that a test runs within this process sets up its logs and its umask, as it should: not for the next."""
    root, umask = logging.getLogger(), os.umask(0o077)
    os.umask(umask)
    before = root.level, root.handlers[:], sys.excepthook, threading.excepthook
    yield
    os.umask(umask)
    root.setLevel(before[0])
    root.handlers[:] = before[1]
    sys.excepthook, threading.excepthook = before[2:]
    logging.captureWarnings(False)


@pytest.fixture(scope="session")
def _redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    if REDIS_SERVER is None:
        pytest.skip("redis-server is not installed")
    with RedisServer(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def redis_url(_redis_server: RedisServer) -> str:
    """The URL of a real Redis of this test session, emptied for this test. Do not kill this one."""
    with redis.Redis.from_url(_redis_server.url) as client:
        client.flushall()
    return _redis_server.url


@pytest.fixture
def redis_client(redis_url: str) -> Iterator[redis.Redis]:
    """A client as the product makes it, on the emptied Redis of `redis_url`."""
    with connect(redis_url) as client:
        yield client


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A running Redis for this test alone, to `kill()` and `start()` again."""
    if REDIS_SERVER is None:
        pytest.skip("redis-server is not installed")
    with RedisServer(tmp_path / "redis") as server:
        yield server


@pytest.fixture
def shared_path() -> Callable[[str], Path]:
    """`shared_path("clips/x.mp4")`: material beside the project; the test is skipped where it is absent."""

    def find(name: str) -> Path:
        path = SHARED / name
        if not path.exists():
            pytest.skip(f"../shared/{name} is not there")
        return path

    return find
