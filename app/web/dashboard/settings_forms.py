"""What the forms of the settings page say, as plain data. Pure: whether it fits the settings, they say themselves."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from app.settings import Settings

MAX_SHAPES, MAX_CORNERS = 20, 60
MAX_PEOPLE, MAX_DEVICES = 20, 10


class Number(NamedTuple):
    """One that may be set; `tuned`: by way of the tuning layer. `blank`: what an empty field means, if it may be."""

    section: str
    name: str
    label: str
    hint: str
    tuned: bool = False
    blank: str = ""


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


def typed_shapes(text: str) -> list[list[list[float]]]:
    """'[[[0, 0], [0.3, 0], [0.3, 0.2]], …]', in fractions of the frame. Raises ValueError, in a sentence."""
    try:
        shapes = json.loads(text or "[]")
        found = [[[round(float(x), 4), round(float(y), 4)] for x, y in shape] for shape in shapes]
    except (ValueError, TypeError, RecursionError, OverflowError):
        raise ValueError("That is no mask: shapes with corners are expected.") from None
    if len(found) > MAX_SHAPES or any(len(shape) > MAX_CORNERS for shape in found):
        raise ValueError(f"At most {MAX_SHAPES} shapes of {MAX_CORNERS} corners each.")
    if any(not 0 <= value <= 1 for shape in found for corner in shape for value in corner):
        raise ValueError("A corner lies outside of the picture.")
    return found


def typed_people(settings: Settings, names: Sequence[str], devices: Sequence[str]) -> list[dict[str, Any]]:
    """Those of the form; what it does not show of somebody stays. Raises ValueError, in a sentence."""
    if len(names) != len(devices) or len(names) > MAX_PEOPLE + 1:
        raise ValueError(f"At most {MAX_PEOPLE} people.")
    known = {person.name: person for person in settings.presence.people}
    found: list[dict[str, Any]] = []
    for name, lines in zip((name.strip() for name in names), devices, strict=True):
        if not name and not lines.strip():
            continue  # the empty row for one more
        carried = [device for line in lines.splitlines() for device in line.replace(",", " ").split()]
        if not name or not carried or len(carried) > MAX_DEVICES:
            raise ValueError(f"Everybody needs a name and at least one device ({MAX_DEVICES} at most).")
        before = known[name].model_dump(mode="json", exclude_defaults=True) if name in known else {}
        found.append(before | {"name": name, "devices": carried})
    return found
