"""The cameras of this machine come first: a long calculation steps back as far as it can."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

_OOM_SCORE = Path("/proc/self/oom_score_adj")


def step_back() -> None:
    """From now on this process runs at the lowest priority, and is the first to go when memory runs out. What a
    sandbox forbids of that is left out."""
    with suppress(OSError):
        os.nice(19)
    with suppress(OSError):
        _OOM_SCORE.write_text("1000")
