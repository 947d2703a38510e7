"""What the tags say of the alerts: precision, recall and false alarms a day, by hour, camera and settings. Pure.

Counted is what people really got: an alert's sample was an alert, whatever its numbers say. A false alarm is an
alert tagged unoccupied; a miss is a person tagged on a sample that was no alert. Alerts that nobody tagged are
not counted, and people whom pycam never noticed are in no sample: recall is an upper limit.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from hashlib import sha256
from typing import Any, NamedTuple

from app.domain import Tag
from app.learning.report_intervals import Interval, poisson, wilson
from app.store.samples import Sample


class Slice(NamedTuple):
    """One line of the report: the tagged alerts of an hour, a camera, a settings fingerprint, or of all."""

    name: str
    note: str
    right: int
    """Alerts tagged occupied."""
    false_alarms: int
    missed: int
    days: int
    """On how many days it was watched: those with any sample, of an alert or of nothing going on."""

    @property
    def precision(self) -> float | None:
        """0..1; None without a tagged alert."""
        alerts = self.right + self.false_alarms
        return self.right / alerts if alerts else None

    @property
    def precision_interval(self) -> Interval | None:
        """95 %, Wilson."""
        return wilson(self.right, self.right + self.false_alarms)

    @property
    def recall(self) -> float | None:
        """0..1, of the people tagged; None without one."""
        people = self.right + self.missed
        return self.right / people if people else None

    @property
    def recall_interval(self) -> Interval | None:
        """95 %, Wilson."""
        return wilson(self.right, self.right + self.missed)

    @property
    def false_alarms_a_day(self) -> float | None:
        """None if it was never watched."""
        return self.false_alarms / self.days if self.days else None

    @property
    def rate_interval(self) -> Interval | None:
        """95 %, Poisson."""
        if not self.days:
            return None
        low, high = poisson(self.false_alarms)
        return Interval(low / self.days, high / self.days)


@dataclass(frozen=True, slots=True)
class Report:
    """`settings` are oldest first, and each says what was changed before it."""

    total: Slice
    hours: tuple[Slice, ...]
    """The hours of the day in which anything was tagged, '00' to '23'."""
    cameras: tuple[Slice, ...]
    settings: tuple[Slice, ...]
    untagged: int
    """Alerts that nobody tagged."""
    first: date | None
    last: date | None
    mistakes: tuple[Sample, ...] = field(repr=False)
    """False alarms and misses, the worst first."""


def report(samples: Iterable[Sample], zone: tzinfo | None = None) -> Report:
    """Count. Days and hours are those of `zone` (None: this machine's)."""
    samples = sorted(samples, key=lambda sample: sample.record.taken)
    days = [local_time(sample, zone).date() for sample in samples]
    prints = [fingerprint(sample) for sample in samples]
    latest = dict(zip(prints, samples, strict=True))
    by_hour = _sliced(samples, days, lambda s: f"{local_time(s, zone).hour:02d}", all_days=True)
    return Report(
        total=_slice("all", "", samples, len(set(days))),
        hours=tuple(s for s in by_hour if s.right + s.false_alarms + s.missed),
        cameras=_sliced(samples, days, lambda s: s.record.camera),
        settings=_with_notes(_sliced(samples, days, fingerprint), latest, list(dict.fromkeys(prints))),
        untagged=sum(s.tag is None and s.record.reason == "alert" for s in samples),
        first=min(days, default=None),
        last=max(days, default=None),
        mistakes=tuple(sorted(filter(mistake, samples), key=_badness, reverse=True)),
    )


def mistake(sample: Sample) -> str | None:
    """'false alarm', 'miss', or None."""
    if sample.tag is None:
        return None
    alert, occupied = sample.record.reason == "alert", sample.tag.tag is Tag.OCCUPIED
    if alert == occupied:
        return None
    return "false alarm" if alert else "miss"


def best_score(sample: Sample) -> float | None:
    """The best of all frames, 0..1; None if the gate was never asked."""
    scores = [frame.person_score for frame in sample.record.frames if frame.person_score is not None]
    return max(scores, default=None)


def fingerprint(sample: Sample) -> str:
    """Eight letters that stand for the settings and the model which a sample was taken with."""
    text = json.dumps(_in_force(sample), sort_keys=True, default=str)
    return sha256(text.encode()).hexdigest()[:8]


def as_plain(report: Report) -> dict[str, Any]:
    """The report for programs."""

    def plain(one: Slice) -> dict[str, Any]:
        intervals = ("precision_interval", "recall_interval", "rate_interval")
        values = {
            name: getattr(one, name) for name in ("precision", "recall", "false_alarms_a_day", *intervals)
        }
        return one._asdict() | values

    return {
        "total": plain(report.total),
        "by_hour": [plain(one) for one in report.hours],
        "by_camera": [plain(one) for one in report.cameras],
        "by_settings": [plain(one) for one in report.settings],
        "untagged": report.untagged,
        "first": report.first and report.first.isoformat(),
        "last": report.last and report.last.isoformat(),
        "mistakes": [
            {"id": s.record.id, "kind": mistake(s), "score": best_score(s)} for s in report.mistakes
        ],
    }


def local_time(sample: Sample, zone: tzinfo | None) -> datetime:
    """When it was taken, by the clock of `zone` (None: this machine's)."""
    return datetime.fromtimestamp(sample.record.taken).astimezone(zone)


def _sliced(
    samples: Sequence[Sample],
    days: Sequence[date],
    key: Callable[[Sample], str],
    *,
    all_days: bool = False,
) -> tuple[Slice, ...]:
    """One slice for each key, in the keys' order; `all_days`: each was watched on every day there is."""
    groups: dict[str, list[int]] = {}
    for index, sample in enumerate(samples):
        groups.setdefault(key(sample), []).append(index)
    return tuple(
        _slice(
            name,
            "",
            [samples[i] for i in which],
            len(set(days)) if all_days else len({days[i] for i in which}),
        )
        for name, which in sorted(groups.items())
    )


def _slice(name: str, note: str, samples: Iterable[Sample], days: int) -> Slice:
    counts: Counter[Hashable] = Counter(
        (sample.record.reason, sample.tag.tag) for sample in samples if sample.tag is not None
    )
    return Slice(
        name,
        note,
        right=counts["alert", Tag.OCCUPIED],
        false_alarms=counts["alert", Tag.UNOCCUPIED],
        missed=counts["quiet", Tag.OCCUPIED],
        days=days,
    )


def _badness(sample: Sample) -> tuple[bool, float, float]:
    """A missed person is worse than any false alarm; then, what the eyes were surest of."""
    score = best_score(sample)
    return mistake(sample) == "miss", -1.0 if score is None else score, sample.record.taken


def _in_force(sample: Sample) -> dict[str, Any]:
    record = sample.record
    return record.settings | {"person_model": record.person_model, "model_min_score": record.min_score}


def _with_notes(
    slices: Sequence[Slice], latest: Mapping[str, Sample], order: Sequence[str]
) -> tuple[Slice, ...]:
    """In the order in which they came into force; each note says what differs from the one before."""
    by_name, told = {one.name: one for one in slices}, []
    for before, name in zip([None, *order], order, strict=False):
        note = "the first" if before is None else _changes(_in_force(latest[before]), _in_force(latest[name]))
        told.append(by_name[name]._replace(note=note))
    return tuple(told)


def _changes(before: Mapping[str, Any], after: Mapping[str, Any], at: str = "") -> str:
    parts = []
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        if isinstance(old, dict) and isinstance(new, dict):
            parts.append(_changes(old, new, f"{at}{name}."))
        elif isinstance(old, list | dict) or isinstance(new, list | dict):
            parts.append(f"{at}{name} changed")
        else:
            parts.append(f"{at}{name} {_word(old)} → {_word(new)}")
    return ", ".join(parts)


def _word(value: object) -> str:
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
