"""The still scene: what is learned of it goes by the time that has passed, not by how often a plane was looked at."""

from __future__ import annotations

import numpy as np

from app.settings.motion import MotionSettings
from app.vision.background import Background
from app.vision.motion_rules import background_rules


def learned(turns: list[float]) -> float:
    """The level a scene of 100 comes to while the plane has 103 for so many turns."""
    background = Background(16, 12, background_rules(MotionSettings(), 10))
    while background.warming_up:
        background.warm_up(np.full((12, 16), 100, np.uint8))
    brighter = np.full((12, 16), 103, np.uint8)
    for passed in turns:
        background.compare(brighter)
        background.learn(brighter, passed)
    return float(background._scene.mean())


def test_what_was_missed_in_a_rest_counts_by_its_time() -> None:
    assert 100.4 < learned([1.0]) < 100.6
    assert np.isclose(learned([2.0, 2.0]), learned([1.0] * 4), atol=0.01)
    assert np.isclose(learned([6.0]), learned([1.0] * 6), atol=0.01)
    assert learned([2.0]) > learned([1.0]) + 0.3
