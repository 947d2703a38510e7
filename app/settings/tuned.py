"""The layer that `pycam tune` writes: settings changed at run time, apart from the files of people.

    motion: {min_area_percent: 0.6}
    person: {min_score: 0.5}
    cameras:
      front: {ignore: [[[0, 0], [0.25, 0], [0.25, 0.5]]]}

The two numbers replace what the files below say. The masks are added to a camera's own, so that an owner's mask
never gets lost; those of a camera that has gone are passed over.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.settings.plain_yaml import Origins, SettingsError, read_yaml

TUNED = "tuned.yml"
"""Its name, in the data folder."""

_NUMBERS = (("motion", "min_area_percent"), ("person", "min_score"))


def lay_tuned_over(merged: dict[str, Any], origins: Origins, path: Path) -> None:
    """Change `merged` by what the file at `path` says; without one nothing. Raises SettingsError.

    Only what tuning sets is taken from there: the services can write this file, and who gets in by one of them
    must not become an owner by it, or send the pictures elsewhere.
    """
    try:
        path.stat()
    except OSError:
        return  # never tuned; or a folder we may not enter, in which no process of ours would run
    layer, where = read_yaml(path)
    for section, name, value in _numbers(layer, where):
        if isinstance(merged.get(section), dict):
            merged[section][name] = value
            origins[(section, name)] = where[(section, name)]
    masks = layer.get("cameras") or {}
    _expect_mapping(masks, where, ("cameras",))
    cameras = merged.get("cameras")
    for index, camera in enumerate(cameras if isinstance(cameras, list) else []):
        called = camera.get("name") if isinstance(camera, dict) else None
        if isinstance(called, str) and called in masks:
            _add_mask(camera, masks[called], origins, where, (index, called))


def _numbers(layer: dict[str, Any], where: Origins) -> list[tuple[str, str, Any]]:
    found = []
    for section, value in layer.items():
        if section == "cameras":
            continue
        if section not in {known for known, _ in _NUMBERS}:
            raise SettingsError(f"{where[(section,)]}: {section}: is nothing that pycam tune sets")
        _expect_mapping(value, where, (section,))
        for name, number in value.items():
            if (section, name) not in _NUMBERS:
                raise SettingsError(
                    f"{where[(section, name)]}: {section}.{name}: is nothing that pycam tune sets"
                )
            found.append((section, name, number))
    return found


def _add_mask(
    camera: dict[str, Any], tuned: Any, origins: Origins, where: Origins, at: tuple[int, str]
) -> None:
    index, name = at
    _expect_mapping(tuned, where, ("cameras", name))
    if unknown := tuned.keys() - {"ignore"}:
        wrong = sorted(unknown)[0]
        raise SettingsError(
            f"{where[('cameras', name, wrong)]}: cameras.{name}.{wrong}: is nothing that pycam tune sets"
        )
    polygons, own = tuned.get("ignore") or [], camera.get("ignore") or []
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
