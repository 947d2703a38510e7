"""The numbers a person may set without a shell, on the dashboard or in Slack: how they are called and kept.

Nothing is written into the owner's file: two layers of the settings take it (settings/written.py), proved as at a
start. The numbers that `pycam tune` proposes, too, go its way, so that one undo serves both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from app.settings import Settings
from app.store.chosen import Chosen
from app.store.tuning import Tuning


class Number(NamedTuple):
    """One that may be set; `tuned`: by way of the tuning layer. `blank`: what an empty field means, if it may be."""

    section: str
    name: str
    label: str
    hint: str
    tuned: bool = False
    blank: str = ""

    @property
    def key(self) -> str:
        """As the settings call it: 'trigger.cooldown_seconds'."""
        return f"{self.section}.{self.name}"


NUMBERS = (
    Number(
        "motion", "min_area_percent", "Smallest motion, % of the picture", "up against cats and moths", True
    ),
    Number(
        "person",
        "min_score",
        "Least score of a person, 0 to 1",
        "up: fewer mistakes; down: fewer misses",
        True,
        "as suits the model",
    ),
    Number(
        "motion",
        "threshold_levels",
        "Least difference of brightness",
        "up if a noisy picture alarms at night",
        True,
    ),
    Number("trigger", "cooldown_seconds", "Seconds between two alerts", "of one camera"),
    Number("trigger", "quiet_seconds", "Seconds of quiet that end an event", "up: fewer and longer events"),
    Number("slack", "snooze_minutes", "Minutes that Snooze means", "the button of an alert"),
)


def typed_number(number: Number, text: str) -> float | int | None:
    """What was typed. Raises ValueError, in a sentence; what is out of range the settings themselves refuse."""
    if not text and number.blank:
        return None
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        raise ValueError(f"{number.label}: must be a number.") from None
    return int(value) if value.is_integer() else value


def value_of(settings: Settings, number: Number) -> float | None:
    """What is in force; None where an empty field means something."""
    value: float | None = getattr(getattr(settings, number.section), number.name)
    return value


def as_typed(value: float | None) -> str:
    """How a field shows it."""
    return "" if value is None else f"{value:g}"


def keep_numbers(data: Path, changes: Mapping[Number, float | int | None], now: float) -> None:
    """Put `changes` in force for the next start; the processes they concern start anew by themselves.

    The chosen ones first: each of the two layers is proved with the other as it is. Raises Refused, NotApplied,
    DiskFull or OSError.
    """
    Chosen(data).change(_setter({number: value for number, value in changes.items() if not number.tuned}))
    if tuned := {number: value for number, value in changes.items() if number.tuned}:
        tuning = Tuning(data)
        layer = tuning.layer()
        _setter(tuned)(layer)
        said = [f"{number.label}: {value}" for number, value in tuned.items()]
        tuning.apply(tuning.propose(layer, said, now).id)


def _setter(values: Mapping[Number, float | int | None]) -> Callable[[dict[str, Any]], None]:
    def edit(layer: dict[str, Any]) -> None:
        for number, value in values.items():
            layer.setdefault(number.section, {})[number.name] = value

    return edit
