"""What the forms of the settings page say, as plain data. Pure: whether it fits the settings, they say themselves."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from app.settings import Settings

MAX_SHAPES, MAX_CORNERS = 20, 60
MAX_PEOPLE, MAX_DEVICES = 20, 10


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
