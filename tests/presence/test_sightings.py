"""Deciding who is home needs no way of asking for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

LOADED = """
import sys
import app.presence.decide
print(sorted(name for name in sys.modules if name in ("requests", "urllib3")
             or name.startswith("app.presence.routers")))
"""


def test_what_decides_loads_neither_a_router_nor_http() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=True,
        text=True,
        timeout=60,
    )

    assert done.stdout.strip() == "[]"
