"""`pycam demo` starts everything, tells its story, and leaves nothing running."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import requests

from app.demo.redis_server import find_redis_server
from tests.scenarios.appliance import eventually

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.timeout(180)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_the_demo_shows_one_url_and_ends_without_a_trace(tmp_path: Path, number: signal.Signals) -> None:
    if find_redis_server() is None:
        pytest.skip("no redis-server here")
    out = tmp_path / "out"
    environment = {k: v for k, v in os.environ.items() if k not in {"REDIS_URL", "SOURCE", "MODEL"}}
    with out.open("wb") as story:
        demo = subprocess.Popen(
            [sys.executable, "-m", "app", "demo"], cwd=ROOT, env=environment, stdout=story, stderr=story
        )
    try:
        url = eventually(
            lambda: re.search(r"http://127\.0\.0\.1:\d+/", out.read_text()), "one URL", 60
        ).group()
        assert "pycam" in requests.get(url, timeout=5).text
        children = psutil.Process(demo.pid).children(recursive=True)
        assert len(children) >= 4  # gunicorn and its worker, camera, notifier; Redis unless one was running
        demo.send_signal(number)
        assert demo.wait(30) == 0
        deadline = time.monotonic() + 5
        while (left := [c for c in children if c.is_running()]) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert left == []
    finally:
        demo.kill()
        demo.wait()
        print(out.read_text())
