"""The demo's private Redis."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.demo.redis_server import PrivateRedis, answers, find_redis_server
from app.shutdown import Shutdown


@pytest.mark.parametrize(
    "depth", ["short", "d" * 120], ids=["short path", "deeper than a Unix socket may lie"]
)
def test_it_answers_wherever_its_folder_lies_and_is_gone_after_stop(tmp_path: Path, depth: str) -> None:
    if find_redis_server() is None:
        pytest.skip("no redis-server here")
    folder = tmp_path / depth
    folder.mkdir()
    private = PrivateRedis(folder)
    try:
        private.wait_until_ready(Shutdown())
        assert answers(private.url)
    finally:
        private.stop()
    assert not answers(private.url)
