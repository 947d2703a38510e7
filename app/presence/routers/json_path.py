"""Where something lies in JSON: `data.devices`, `wlan.*.clients`, `radios.0.stations`. No expressions, no code."""

from __future__ import annotations

from typing import Any


class NotThere(Exception):
    """The path leads nowhere; says how far it led."""


def find(data: Any, path: str) -> list[Any]:
    """All that lies at `path` (more than one thing only behind a `*`).

    Raises NotThere if nothing does, or if a branch behind a `*` leads nowhere: half a list is none.
    """
    found = [data]
    steps = path.split(".") if path else []
    for step in steps:
        branches = [_below(item, step) for item in found]
        found = [below for branch in branches for below in branch or ()]
        if not found or None in branches:
            raise NotThere(f"there is no {step!r} of {path!r}")
    return found


def find_devices(data: Any, path: str) -> list[dict[str, Any]]:
    """The objects of the list at `path`; those of an object of objects have its keys as `$key`. Raises NotThere."""
    devices: list[dict[str, Any]] = []
    for place in find(data, path):
        if isinstance(place, dict):
            listed = [{"$key": key, **item} for key, item in place.items() if isinstance(item, dict)]
            if len(listed) != len(place):
                raise NotThere(f"{path or 'the answer'} is not a list of devices")
        elif isinstance(place, list):
            listed = [item for item in place if isinstance(item, dict)]
            if len(listed) != len(place):
                raise NotThere(f"{path or 'the answer'} lists something that is no device")
        else:
            raise NotThere(f"{path or 'the answer'} is not a list")
        devices += listed
    return devices


def _below(item: Any, step: str) -> list[Any] | None:
    """What lies one step below; None if the step leads nowhere."""
    if step == "*" and isinstance(item, dict):
        return list(item.values())
    if step == "*" and isinstance(item, list):
        return item
    if isinstance(item, dict) and step in item:
        return [item[step]]
    if isinstance(item, list) and step.isascii() and step.isdigit() and int(step) < len(item):
        return [item[int(step)]]
    return None
