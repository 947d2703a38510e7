"""Read the layers, in this order, later over earlier; then validate once:

1. app/config/config.yml        every setting, with its reason (packaged)
2. the file $PYCAM_CONFIG names the owner's changes
3. DATA/chosen.yml              what an owner chose on the dashboard, or in Slack (written.py)
   DATA/tuned.yml               what `pycam tune` found, and an owner applied (written.py)
4. app/config/private.yml       secrets only; refused if anyone else can read it
   $CREDENTIALS_DIRECTORY/private.yml   the same, where systemd hands them over (LoadCredential)
5. the environment              SLACK_BOT_TOKEN, …, REDIS_URL, PYCAM_DATA

Relative paths become absolute here (paths.py).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from app.settings.mistakes import as_written, in_words, spelt
from app.settings.paths import PROJECT, environment_with_whole_paths, make_paths_whole
from app.settings.plain_yaml import Key, Origins, SettingsError, read_yaml
from app.settings.schema import Secrets, Settings
from app.settings.written import BY_CHOICE, BY_TUNING, CHOSEN, TUNED, lay_written_over

__all__ = ["PACKAGED", "PRIVATE", "SECRET_NAMES", "SettingsError", "load_settings"]

CONFIG_DIR = Path(__file__).parent.parent / "config"
PACKAGED = CONFIG_DIR / "config.yml"
PRIVATE = CONFIG_DIR / "private.yml"

SECRET_NAMES = {name.upper(): name for name in Secrets.model_fields}
IN_THE_ENVIRONMENT = SECRET_NAMES.keys() - {"NOTIFY"}
"""A list fits no variable, and a variable of so common a name may be somebody else's."""

_UNDO = " (a part of this was tuned: `pycam tune --undo` takes that back)"


def load_settings(
    environment: Mapping[str, str] | None = None,
    *,
    private: Path = PRIVATE,
    tuned: Path | None = None,
    chosen: Path | None = None,
) -> Settings:
    """The settings of this machine. Raises SettingsError; never guesses past a mistake.

    `tuned` and `chosen` stand in for DATA/tuned.yml and DATA/chosen.yml: to prove a file before it takes that place,
    or to do without (os.devnull).
    """
    env = environment_with_whole_paths(os.environ if environment is None else environment)
    merged, origins = deepcopy(_packaged())
    make_paths_whole(merged, PROJECT)
    if overlay := env.get("PYCAM_CONFIG", "").strip():
        layer, where = read_yaml(Path(overlay))
        make_paths_whole(layer, Path(overlay).parent)
        _lay_over(merged, layer, origins, where, ())
    if "secrets" in merged:
        raise SettingsError(f"{origins[('secrets',)]}: secrets: belong into private.yml or the environment")
    merged["secrets"] = _read_secrets(private, env, origins)
    if (data := env.get("PYCAM_DATA", "").strip()) and isinstance(storage := merged["storage"], dict):
        storage["data"] = data
        origins[("storage", "data")] = "environment (PYCAM_DATA)"
    for name, stand_in, allowed in ((CHOSEN, chosen, BY_CHOICE), (TUNED, tuned, BY_TUNING)):
        if (written := stand_in or _written(merged, name)) is not None:
            try:
                lay_written_over(merged, origins, written, allowed)
            except SettingsError as error:
                raise SettingsError(f"{error}{_UNDO if name == TUNED else ''}") from None
    try:
        return Settings.model_validate(merged)
    except ValidationError as error:
        raise SettingsError(_explain(error, merged, origins, tuned or _written(merged, TUNED))) from None


@cache
def _packaged() -> tuple[dict[str, Any], Origins]:
    """Read once: it belongs to the program as much as its code does, and is long."""
    return read_yaml(PACKAGED)


def _written(merged: dict[str, Any], name: str) -> Path | None:
    """None where storage.data is a mistake, which validation then says."""
    storage = merged["storage"]
    data = storage.get("data") if isinstance(storage, dict) else None
    return Path(data) / name if isinstance(data, str) and "\0" not in data else None


def _lay_over(
    below: dict[str, Any], above: dict[str, Any], origins: Origins, where: Origins, key: Key
) -> None:
    """Mappings merge; anything else (lists too) replaces what was below. A section left empty changes nothing."""
    for name, value in above.items():
        here = (*key, name)
        if isinstance(below.get(name), dict):
            if value is None:
                continue
            if isinstance(value, dict):
                origins[here] = where[here]  # a mistake of the section as a whole is the upper file's
                _lay_over(below[name], value, origins, where, here)
                continue
        below[name] = value
        for known in [k for k in origins if k[: len(here)] == here]:
            del origins[known]
        origins.update({k: v for k, v in where.items() if k[: len(here)] == here})


def _read_secrets(private: Path, env: Mapping[str, str], origins: Origins) -> dict[str, Any]:
    secrets: dict[str, Any] = {}
    for layer, where in (read_yaml(private, private=True), _read_credential(env)):
        for name, value in layer.items():
            if name not in SECRET_NAMES:
                known = ", ".join(SECRET_NAMES)
                raise SettingsError(f"{where[(name,)]}: {name}: is not a secret pycam knows ({known})")
            if value is not None:  # `SLACK_APP_TOKEN:` with nothing behind it is not set
                field = SECRET_NAMES[name]
                secrets[field] = value
                origins.update(
                    {("secrets", field, *key[1:]): at for key, at in where.items() if key[0] == name}
                )
    for name in IN_THE_ENVIRONMENT:
        if value := env.get(name, "").strip():
            secrets[SECRET_NAMES[name]] = value
            origins[("secrets", SECRET_NAMES[name])] = f"environment ({name})"
    return secrets


def _read_credential(env: Mapping[str, str]) -> tuple[dict[str, Any], Origins]:
    """What systemd hands over. Its folder is this service's alone, which the mode of a file in it does not tell:
    the access list that lets the service's user read shows there as a group's right."""
    folder = env.get("CREDENTIALS_DIRECTORY", "").strip()
    path = Path(folder) / "private.yml"
    return read_yaml(path) if folder and path.exists() else ({}, {})


def _explain(error: ValidationError, settings: dict[str, Any], origins: Origins, tuned: Path | None) -> str:
    """One line a mistake: where, which key, why. Never the value: it may be a secret."""
    lines = []
    for mistake in error.errors(include_url=False, include_input=False):
        key = as_written(mistake["loc"], settings)
        lines.append(f"{_origin(key, origins)}: {spelt(key, settings)}: {in_words(mistake)}")
        if tuned is not None and _is_tuned(key, origins, tuned):
            lines[-1] += _UNDO
    return "\n".join(lines)


def _is_tuned(key: Key, origins: Origins, tuned: Path) -> bool:
    """Whether this value is from tuning, or this section, in which some do not fit together, has one that is."""
    places = [_origin(key, origins)]
    if len(key) == 1 and key[0] != "cameras":
        places += [at for known, at in origins.items() if known[:1] == key]
    return any(at.startswith(f"{tuned},") for at in places)


def _origin(key: Key, origins: Origins) -> str:
    """The nearest place that is known: the key itself, else what it lies in."""
    while key:
        if key in origins:
            return origins[key]
        key = key[:-1]
    return str(PACKAGED)
