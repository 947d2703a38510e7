"""The seed's table from tagged samples."""

from __future__ import annotations

from collections import Counter

import pytest

from app.domain import Tag
from app.learning.evaluate import Evaluation, Row, as_plain, as_text, evaluate, score
from app.store.events import TagRecord
from app.store.samples import FrameFacts, Sample, SampleRecord

SEED = Counter({Row(0, 0, 0): 235, Row(0, 1, 1): 1, Row(1, 0, 0): 6, Row(1, 1, 1): 177})
"""The table of the system this one grew from, 419 images."""


def sample(
    *,
    tag: Tag | None,
    motion: bool = True,
    scores: tuple[float | None, ...] = (None,),
    reason: str = "alert",
    model: str | None = "m.onnx",
) -> Sample:
    frames = [
        FrameFacts(time=float(i), moving=motion, area_percent=1, person_score=s) for i, s in enumerate(scores)
    ]
    record = SampleRecord(
        id="20261120T140301-front-00000000",
        camera="front",
        taken=0,
        reason=reason,  # type: ignore[arg-type]
        width=640,
        height=480,
        motion_vote=motion,
        person_model=model,
        min_score=0.4,
        frames=frames,
        settings={},
    )
    return Sample(record=record, tag=TagRecord(tag=tag, by="U1", at=0) if tag else None, pictures=[])


def test_the_seeds_own_table_gives_the_seeds_own_conclusions() -> None:
    motion, both = score(SEED, "motion"), score(SEED, "motion and person")
    assert motion.precision == pytest.approx(177 / 183)
    assert both.precision == 1
    assert both.recall == pytest.approx(177 / 178)
    assert score(SEED, "person") == (1, 1)


def test_a_person_in_any_frame_counts_if_the_score_reaches_the_threshold() -> None:
    seen = sample(tag=Tag.OCCUPIED, scores=(None, 0.1, 0.5, None))
    faint = sample(tag=Tag.UNOCCUPIED, scores=(0.1, 0.39))
    assert evaluate([seen, faint]).table == {Row(1, 1, 1): 1, Row(1, 0, 0): 1}


def test_untagged_alerts_are_left_out_and_untagged_quiet_samples_count_as_unoccupied() -> None:
    result = evaluate([sample(tag=None), sample(tag=None, reason="quiet", motion=False)])
    assert result.table == {Row(0, 0, 0): 1}
    assert (result.untagged, result.assumed_quiet) == (1, 1)
    assert "1 alerts were not tagged" in as_text(result)


def test_a_tag_on_a_quiet_sample_is_believed() -> None:
    missed = sample(tag=Tag.OCCUPIED, reason="quiet", motion=False, scores=(0.9,))
    assert evaluate([missed]).table == {Row(0, 1, 1): 1}


def test_samples_without_a_model_cannot_judge_the_gate() -> None:
    result = evaluate([sample(tag=Tag.OCCUPIED, model=None)])
    assert not result.table
    assert result.gate_unknown == 1


def test_nothing_tagged_divides_by_nothing() -> None:
    text = as_text(Evaluation(Counter(), 0, 0, 0))
    assert "precision   –    recall   –" in text


def test_text_and_plain_values_tell_the_same() -> None:
    result = Evaluation(SEED, 0, 0, 0)
    assert "| 1 | 0 | 0 | 6 |" in as_text(result)
    data = as_plain(result)
    assert {"motion_model": 1, "person_last_30": 0, "actual": 0, "count": 6} in data["table"]
    assert data["rules"]["motion and person"]["precision"] == 1
