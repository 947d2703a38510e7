"""Half a minute of `make soak`: the same code, a fixed seed. Ten minutes find more: docs/soak.md."""

from __future__ import annotations

from pathlib import Path

import pytest

from soak.run import Plan, Soak
from tests.fakes.redis_server import REDIS_SERVER


@pytest.mark.timeout(300)
def test_half_a_minute_of_kills_and_bad_weather_loses_nothing(tmp_path: Path) -> None:
    if REDIS_SERVER is None:
        pytest.skip("redis-server is not installed")
    story: list[str] = []
    soak = Soak(Plan(seconds=25, seed=4, small_disk=False), tmp_path, story.append)

    held = soak.run()

    assert held, "\n".join(story)
    assert soak.truth.commands > 5
    assert any("SIG" in line or "Redis is killed" in line for line in story), "nothing was done to it"
