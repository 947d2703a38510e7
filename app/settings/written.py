"""The layers that are written at run time, apart from the files of people: chosen.yml by the dashboard and Slack's
settings, and above it tuned.yml by `pycam tune`, and by those for the numbers that tuning turns, too.

    motion: {min_area_percent: 0.6}
    person: {min_score: 0.5}
    cameras:
      front: {ignore: [[[0, 0], [0.25, 0], [0.25, 0.5]]]}

The numbers replace what the files below say. The masks are added to a camera's own, so that an owner's mask never gets
lost; those of a camera that has gone are passed over. People who live in the house (chosen.yml) replace the list.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from app.settings.plain_yaml import Origins, SettingsError, read_yaml

TUNED = "tuned.yml"
"""Its name, in the data folder."""

CHOSEN = "chosen.yml"
"""The other's."""


class Allowed(NamedTuple):
    """What a layer may set beside masks: (section, name) pairs. `writer` says in a mistake who else would."""

    settings: frozenset[tuple[str, str]]
    writer: str


BY_TUNING = Allowed(
    frozenset(
        {
            ("motion", "min_area_percent"),
            ("motion", "threshold_levels"),
            ("person", "min_score"),
            ("trigger", "min_moving_frames"),
            ("trigger", "confirm_below"),
        }
    ),
    "pycam tune sets",
)
BY_CHOICE = Allowed(
    frozenset(
        {
            ("motion", "threshold_levels"),  # of an older pycam: tuned.yml has it now, and lies above
            ("trigger", "cooldown_seconds"),
            ("trigger", "quiet_seconds"),
            ("slack", "snooze_minutes"),
            ("presence", "people"),
        }
    ),
    "is set without a shell",
)


def lay_written_over(merged: dict[str, Any], origins: Origins, path: Path, allowed: Allowed) -> None:
    """Change `merged` by what the file at `path` says; without one nothing. Raises SettingsError.

    Only what is `allowed` is taken from there: the services can write this file, and who gets in by one of them
    must not become an owner by it, or send the pictures elsewhere.
    """
    try:
        path.stat()
    except OSError:
        return  # never tuned; or a folder we may not enter, in which no process of ours would run
    layer, where = read_yaml(path)
    for section, name, value in _values(layer, where, allowed):
        if isinstance(merged.get(section), dict):
            merged[section][name] = value
            for known in [key for key in origins if key[:2] == (section, name)]:
                del origins[known]
            origins.update({key: place for key, place in where.items() if key[:2] == (section, name)})
    masks = layer.get("cameras") or {}
    _expect_mapping(masks, where, ("cameras",))
    cameras = merged.get("cameras")
    for index, camera in enumerate(cameras if isinstance(cameras, list) else []):
        called = camera.get("name") if isinstance(camera, dict) else None
        if isinstance(called, str) and called in masks:
            _expect_mask_alone(masks[called], where, called, allowed)
            _add_mask(camera, masks[called], origins, where, (index, called))


def _values(layer: dict[str, Any], where: Origins, allowed: Allowed) -> list[tuple[str, str, Any]]:
    found = []
    for section, value in layer.items():
        if section == "cameras":
            continue
        if section not in {known for known, _ in allowed.settings}:
            raise SettingsError(f"{where[(section,)]}: {section}: is nothing that {allowed.writer}")
        _expect_mapping(value, where, (section,))
        for name, wanted in value.items():
            if (section, name) not in allowed.settings:
                raise SettingsError(
                    f"{where[(section, name)]}: {section}.{name}: is nothing that {allowed.writer}"
                )
            found.append((section, name, wanted))
    return found


def _expect_mask_alone(written: Any, where: Origins, camera: str, allowed: Allowed) -> None:
    _expect_mapping(written, where, ("cameras", camera))
    if unknown := written.keys() - {"ignore"}:
        key = ("cameras", camera, sorted(unknown)[0])
        raise SettingsError(f"{where[key]}: {'.'.join(key)}: is nothing that {allowed.writer}")


def _add_mask(
    camera: dict[str, Any], written: dict[str, Any], origins: Origins, where: Origins, at: tuple[int, str]
) -> None:
    index, name = at
    polygons, own = written.get("ignore") or [], camera.get("ignore") or []
    if not isinstance(polygons, list):
        raise SettingsError(
            f"{where[('cameras', name, 'ignore')]}: cameras.{name}.ignore: must be a list of polygons"
        )
    if not isinstance(own, list):
        return  # a mistake of the owner's file: validation says so, with its place
    camera["ignore"] = [*own, *polygons]
    for number in range(len(polygons)):
        origins[("cameras", index, "ignore", len(own) + number)] = where[("cameras", name, "ignore", number)]


def _expect_mapping(value: Any, where: Origins, key: tuple[str, ...]) -> None:
    if not isinstance(value, dict):
        raise SettingsError(f"{where[key]}: {'.'.join(key)}: must be a mapping")
