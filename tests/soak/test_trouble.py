"""Trouble ends with the storm, and what it broke is whole again."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

from app.state.connection import connect
from soak.trouble import Trouble
from soak.truth import Truth
from tests.fakes.redis_server import RedisServer

LOOKS, PAUSE_SECONDS = 20, 0.02
"""A Redis that ends with the thread that started it is gone within this."""


def test_a_redis_that_fell_is_there_when_the_storm_is_over_though_its_threads_are_gone(
    own_redis: RedisServer,
) -> None:
    truth = Truth()
    units = SimpleNamespace(units={"presence": None}, kill=lambda _: False)
    others = MagicMock()
    world: Any = SimpleNamespace(
        truth=truth, redis=own_redis, units=units, slack=others, s3_proxy=others, router=others
    )
    trouble = Trouble(world, None, seed=1, tell=print, wait=lambda _: None, order=lambda: None)
    storm = threading.Thread(target=trouble._redis_dies)
    with connect(own_redis.url) as client:
        client.set("key", "value")
        storm.start()
        storm.join()
        trouble.heal()

        still = threading.Event()
        for _ in range(LOOKS):
            assert client.get("key") is None
            still.wait(PAUSE_SECONDS)
    assert len(truth.redis_deaths) == 1
