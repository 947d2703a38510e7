"""What presence said is held against where the phones really were."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app.domain import Presence
from soak.arming import Arming
from soak.oracle import Told
from soak.truth import Move, Span, Truth
from soak.world import LEAVE_SECONDS

LEFT = 1000.0
HALTED = Span("presence", LEFT + 4, LEFT + 8)
"""It has seen them leave, and goes on when the exit delay is over."""


def violations(data: Path, *moves: Move, presence: Presence) -> list[str]:
    """What is said of a presence process that said `presence` right after it was halted."""
    world: Any = SimpleNamespace(data=data, truth=Truth(moves=list(moves), spans=[HALTED]), feed=None)
    told = Told(presence, LEFT + 3, LEFT + 3, HALTED.end)
    watcher: Any = SimpleNamespace(seen=[], told=[told])
    return list(Arming(world, watcher).violations(LEFT + 60))


def test_away_is_right_for_one_who_was_halted_while_somebody_came_back(tmp_path: Path) -> None:
    robin, sam = Move(LEFT - 50, "Robin", False), Move(LEFT, "Sam", False)
    back = Move(LEFT + LEAVE_SECONDS + 4, "Sam", True)

    assert violations(tmp_path, robin, sam, back, presence=Presence.AWAY) == []


@pytest.mark.parametrize("gone_for", [LEAVE_SECONDS - 0.5, None])
def test_away_is_wrong_while_somebody_was_never_gone_for_long_enough(
    tmp_path: Path, gone_for: float | None
) -> None:
    moves = [Move(LEFT - 50, "Robin", False)]
    if gone_for is not None:
        moves += [Move(LEFT, "Sam", False), Move(LEFT + gone_for, "Sam", True)]

    (said,) = violations(tmp_path, *moves, presence=Presence.AWAY)

    assert "presence said away" in said


def test_home_is_wrong_while_nobody_was(tmp_path: Path) -> None:
    gone = [Move(LEFT - 50, person, False) for person in ("Robin", "Sam")]

    (said,) = violations(tmp_path, *gone, presence=Presence.HOME)

    assert "presence said home" in said
