"""The second stage can only quieten, and never what was seen well; a file that is no fit has no effect."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.store.samples import FrameFacts
from app.vision.quieten import UNJUDGED, Fit, UnusableFit, judge, read_fit, speaks_against
from app.vision.signals import NAMES

MODEL = "m.onnx"
ZEROS, ONES = (0.0,) * len(NAMES), (1.0,) * len(NAMES)


def fit(**changes: Any) -> Fit:
    """One that takes everything for nothing."""
    plain = {
        "made": 1.0,
        "person_model": MODEL,
        "names": NAMES,
        "mean": ZEROS,
        "scale": ONES,
        "weights": ZEROS,
        "cameras": {"front": 0.0},
        "intercept": 9.0,
        "threshold": 0.8,
    }
    return Fit.model_validate(plain | changes)


def frames(*scores: float | None) -> list[FrameFacts]:
    noon = datetime(2026, 6, 1, 12, tzinfo=UTC).timestamp()
    return [
        FrameFacts(
            time=noon + index / 10,
            moving=True,
            area_percent=2,
            boxes=((100, 100, 40, 120),),
            person_score=score,
            person_boxes=((100, 100, 40, 120),) if score else (),
        )
        for index, score in enumerate(scores)
    ]


def judged(facts: list[FrameFacts], made: Fit | None = None, **changes: Any) -> Any:
    known: dict[str, Any] = {"camera": "front", "person_model": MODEL, "never_above": 0.6}
    return judge(made or fit(), facts, (640, 480), **(known | changes))


numbers = st.floats(-1e6, 1e6)
fits = st.builds(
    fit,
    weights=st.tuples(*[numbers] * len(NAMES)),
    mean=st.tuples(*[numbers] * len(NAMES)),
    scale=st.tuples(*[st.floats(1e-6, 1e6)] * len(NAMES)),
    intercept=numbers,
    threshold=st.floats(0.7, 0.999),
)
scores = st.lists(st.none() | st.floats(0, 1), min_size=1, max_size=12)


@given(fits, scores, st.floats(0, 1))
def test_whatever_was_learned_nothing_that_was_seen_well_is_quiet(
    made: Fit, said: list[float | None], never_above: float
) -> None:
    judgement = judged(frames(*said), made, never_above=never_above)
    known = [score for score in said if score is not None]
    if not known or max(known) >= never_above:
        assert not judgement.quiet
    if judgement.quiet:
        assert judgement.probability >= made.threshold >= 0.7
    assert judgement.probability is None or 0 <= judgement.probability <= 1


def test_what_is_surely_nothing_and_scored_low_is_quiet() -> None:
    assert judged(frames(None, 0.45, 0.0)).quiet
    assert judged(frames(None, 0.45, 0.0)).probability == pytest.approx(0.99988, abs=1e-5)
    assert not judged(frames(0.45), fit(intercept=0.0)).quiet
    assert not judged(frames(0.45, 0.6)).quiet


def test_what_it_did_not_learn_about_it_does_not_judge() -> None:
    assert judged(frames(0.45), camera="garden") == UNJUDGED
    assert judged(frames(0.45), person_model="other.onnx") == UNJUDGED
    assert judged(frames(0.45), person_model=None) == UNJUDGED
    assert judged(frames(None, None)) == UNJUDGED
    assert judged(frames(0.0)) == UNJUDGED


def test_no_score_is_no_low_score() -> None:
    assert speaks_against(None, 1.0)
    assert speaks_against(0.6, 0.6)
    assert not speaks_against(0.59, 0.6)


def test_each_camera_has_its_own_offset() -> None:
    made = fit(intercept=0.0, cameras={"front": 2.0, "garden": -2.0})
    front, garden = (judged(frames(0.45), made, camera=camera) for camera in ("front", "garden"))
    assert (front.quiet, garden.quiet) == (True, False)
    assert front.probability + garden.probability == pytest.approx(1)


def test_a_fit_comes_back_from_its_text_to_the_last_bit() -> None:
    made = fit(weights=tuple(0.1 * i / 3 for i in range(len(NAMES))), intercept=1 / 3, told={"people": 40})
    assert read_fit(made.model_dump_json(indent=1)) == made


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"version": 2}, "version"),
        ({"names": (*NAMES[1:], "another")}, "other signals"),
        ({"names": NAMES[1:]}, "other signals"),
        ({"weights": ZEROS[1:]}, "one number a signal"),
        ({"scale": ZEROS}, "scale.0"),
        ({"mean": (float("nan"), *ZEROS[1:])}, "mean.0"),
        ({"intercept": float("inf")}, "intercept"),
        ({"threshold": 0.5}, "threshold"),
        ({"threshold": 1.0}, "threshold"),
        ({"cameras": {}}, "cameras"),
        ({"cameras": {"../etc": 0.0}}, "cameras"),
        ({"never_above": 0.9}, "never_above"),
    ],
)
def test_a_foreign_file_is_refused_with_its_reason(changes: dict[str, Any], why: str) -> None:
    text = json.dumps(fit().model_dump() | changes)
    with pytest.raises(UnusableFit, match=why):
        read_fit(text)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"version": 1}', "\x80\x02c__builtin__"])
def test_what_is_no_fit_at_all_is_refused(text: str) -> None:
    with pytest.raises(UnusableFit):
        read_fit(text)
