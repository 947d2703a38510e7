"""`pycam evaluate`: what the tagged samples say about the eyes, in the seed's own table.

A row counts the samples in which the motion vote was (1) or was not (0) reached, a person was or was not seen
in any of the last 30 frames, and somebody was or was not there according to the tag.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

from app.domain import Tag
from app.store.samples import Sample


class Row(NamedTuple):
    """One kind of sample; each 0 or 1."""

    motion_model: int
    person_last_30: int
    actual: int


class Score(NamedTuple):
    """Precision and recall, 0..1; None where nothing was there to divide by."""

    precision: float | None
    recall: float | None


class Evaluation(NamedTuple):
    """The table, and what had to be left out of it or assumed for it."""

    table: Counter[Row]
    assumed_quiet: int
    """Quiet samples that nobody tagged: counted as unoccupied."""
    untagged: int
    """Alerts that nobody tagged: left out."""
    gate_unknown: int
    """Samples taken without a person model: left out, there is no gate to judge."""


RULES = {
    "motion": lambda row: row.motion_model,
    "person": lambda row: row.person_last_30,
    "motion and person": lambda row: row.motion_model and row.person_last_30,
}
"""What would have alerted; the appliance uses the last one."""


def evaluate(samples: Iterable[Sample]) -> Evaluation:
    """Sort the samples into the table."""
    table: Counter[Row] = Counter()
    assumed_quiet = untagged = gate_unknown = 0
    for sample in samples:
        record = sample.record
        if sample.tag is None and record.reason == "alert":
            untagged += 1
        elif record.person_model is None:
            gate_unknown += 1
        else:
            assumed_quiet += sample.tag is None
            occupied = sample.tag is not None and sample.tag.tag is Tag.OCCUPIED
            threshold = record.min_score or 0.0
            person = any(f.person_score is not None and f.person_score >= threshold for f in record.frames)
            table[Row(int(record.motion_vote), int(person), int(occupied))] += 1
    return Evaluation(table, assumed_quiet, untagged, gate_unknown)


def score(table: Counter[Row], rule: str) -> Score:
    """Precision and recall of `rule` (a key of RULES) over the table."""
    alerts = RULES[rule]
    hits = sum(n for row, n in table.items() if alerts(row) and row.actual)
    alerted = sum(n for row, n in table.items() if alerts(row))
    occupied = sum(n for row, n in table.items() if row.actual)
    return Score(hits / alerted if alerted else None, hits / occupied if occupied else None)


def as_text(evaluation: Evaluation) -> str:
    """The report for people: a Markdown table, as in the seed, and two numbers a rule."""
    lines = ["| motion_model | person_last_30 | actual | count |", "|---|---|---|---|"]
    lines += [f"| {row[0]} | {row[1]} | {row[2]} | {n} |" for row, n in sorted(evaluation.table.items())]
    lines.append("")
    for rule in RULES:
        precision, recall = score(evaluation.table, rule)
        lines.append(f"{rule + ':':20s} precision {_share(precision)}  recall {_share(recall)}")
    notes = [
        (evaluation.assumed_quiet, "quiet samples were not tagged and count as unoccupied"),
        (evaluation.untagged, "alerts were not tagged and are left out"),
        (evaluation.gate_unknown, "samples were taken without a person model and are left out"),
    ]
    lines += [f"{count} {note}" for count, note in notes if count]
    return "\n".join(lines)


def as_plain(evaluation: Evaluation) -> dict[str, Any]:
    """The same for programs."""
    scores = {rule: score(evaluation.table, rule)._asdict() for rule in RULES}
    table = [{**row._asdict(), "count": n} for row, n in sorted(evaluation.table.items())]
    left = {key: getattr(evaluation, key) for key in ("assumed_quiet", "untagged", "gate_unknown")}
    return {"table": table, "rules": scores, **left}


def _share(value: float | None) -> str:
    return "  –  " if value is None else f"{value:5.3f}"
