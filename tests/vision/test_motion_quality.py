"""Motion on made-up weather and visits: `python -m bench.motion_quality` runs the whole of this, at full size."""

from __future__ import annotations

from itertools import islice

import pytest

from app.vision.motion import MotionDetector, MotionSettings
from bench.footage import FIRST_VISIT, SCENES, render
from bench.motion_quality import Score, judge

QUIET = [name for name, scene in SCENES.items() if not scene.contrasts]
VISITED = [name for name, scene in SCENES.items() if scene.contrasts]
SEED = 77  # no setting was chosen by looking at this one


@pytest.mark.parametrize("scene", QUIET)
def test_weather_and_lamps_raise_no_alert(scene: str) -> None:
    assert judge([scene], SEED, 320, 240).false_alarms == 0


@pytest.mark.parametrize(
    "scene", ["faint visits", "standing visits", "lamp visits", "leafy visits", "night visits"]
)
def test_every_visit_raises_an_alert_and_nothing_else_does(scene: str) -> None:
    score = judge([scene], SEED, 320, 240)
    assert score.visits >= 2
    assert score.noticed == score.visits
    assert score.false_alarms == 0
    assert score.f1 > 0.9


def test_wind_in_a_new_view_is_learned_in_seconds() -> None:
    eye = MotionDetector(MotionSettings())
    new_view = islice(render("leafy visits", 5), FIRST_VISIT)
    assert sum(eye.step(frame).moving for frame, _ in new_view) <= 6  # 16 when learned at the usual rate


def test_an_alert_without_a_visit_counts_as_false_and_a_visit_without_an_alert_as_missed() -> None:
    score = Score()
    score.add("0" * 20 + "-1111-" + "0" * 40, [False] * 50 + [True] * 5 + [False] * 11)
    assert (score.visits, score.noticed, score.false_alarms) == (1, 0, 1)
    assert (score.hits, score.wrong, score.missed) == (0, 5, 4)
    assert score.recall == score.f1 == 0
