"""Read the layers, in this order, later over earlier; then validate once:

1. app/config/config.yml        every setting, with its reason (packaged)
2. the file $PYCAM_CONFIG names the owner's changes
3. app/config/private.yml       secrets only; refused if anyone else can read it
4. the environment              SLACK_BOT_TOKEN, …, REDIS_URL, PYCAM_DATA
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from app.settings.schema import Secrets, Settings

CONFIG_DIR = Path(__file__).parent.parent / "config"
PACKAGED = CONFIG_DIR / "config.yml"
PRIVATE = CONFIG_DIR / "private.yml"

SECRET_NAMES = {name.upper(): name for name in Secrets.model_fields}

Key = tuple[str | int, ...]
Origins = dict[Key, str]
"""Where each key was last set: 'FILE, line N' or 'environment'."""


class SettingsError(Exception):
    """The start must stop: says which file, which key and why, one line a mistake."""


def load_settings(environment: Mapping[str, str] | None = None, *, private: Path = PRIVATE) -> Settings:
    """The settings of this machine. Raises SettingsError; never guesses past a mistake."""
    env = os.environ if environment is None else environment
    merged, origins = _read_yaml(PACKAGED)
    if overlay := env.get("PYCAM_CONFIG", "").strip():
        layer, where = _read_yaml(Path(overlay))
        _lay_over(merged, layer, origins, where, ())
    if "secrets" in merged:
        raise SettingsError(f"{origins[('secrets',)]}: secrets: belong into private.yml or the environment")
    merged["secrets"] = _read_secrets(private, env, origins)
    if data := env.get("PYCAM_DATA", "").strip():
        merged.setdefault("storage", {})["data"] = data
        origins[("storage", "data")] = "environment (PYCAM_DATA)"
    try:
        return Settings.model_validate(merged)
    except ValidationError as error:
        raise SettingsError(_explain(error, origins)) from None


def _read_yaml(path: Path) -> tuple[dict[str, Any], Origins]:
    """One file as plain data, and the line of each of its keys. An empty file is an empty mapping."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read: {_reason(error)}") from None
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise SettingsError(f"{path}{line}: not valid YAML: {getattr(error, 'problem', error)}") from None
    except (ValueError, RecursionError) as error:  # a date such as 2026-99-99, or aliases that never end
        raise SettingsError(f"{path}: not valid YAML: {error}") from None
    if data is None:
        return {}, {}
    if not isinstance(data, dict) or node is None:
        raise SettingsError(f"{path}: must be a mapping of settings, not a {type(data).__name__}")
    origins: Origins = {}
    _note_lines(node, (), path, origins)
    return data, origins


def _note_lines(node: yaml.Node, key: Key, path: Path, origins: Origins) -> None:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for name, value in node.value:
            if name.value in seen:
                raise SettingsError(f"{path}, line {name.start_mark.line + 1}: {name.value}: is set twice")
            seen.add(name.value)
            origins[(*key, name.value)] = f"{path}, line {name.start_mark.line + 1}"
            _note_lines(value, (*key, name.value), path, origins)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            origins[(*key, index)] = f"{path}, line {value.start_mark.line + 1}"
            _note_lines(value, (*key, index), path, origins)


def _lay_over(
    below: dict[str, Any], above: dict[str, Any], origins: Origins, where: Origins, key: Key
) -> None:
    """Mappings merge; anything else (lists too) replaces what was below."""
    for name, value in above.items():
        here = (*key, name)
        if isinstance(value, dict) and isinstance(below.get(name), dict):
            _lay_over(below[name], value, origins, where, here)
            continue
        below[name] = value
        for known in [k for k in origins if k[: len(here)] == here]:
            del origins[known]
        origins.update({k: v for k, v in where.items() if k[: len(here)] == here})


def _read_secrets(private: Path, env: Mapping[str, str], origins: Origins) -> dict[str, Any]:
    secrets: dict[str, Any] = {}
    if private.exists():
        mode = stat.S_IMODE(private.stat().st_mode)
        if mode & 0o077:
            raise SettingsError(
                f"{private}: can be read by others (mode {mode:04o}); run: chmod 600 {private}"
            )
        layer, where = _read_yaml(private)
        for name, value in layer.items():
            if name not in SECRET_NAMES:
                known = ", ".join(SECRET_NAMES)
                raise SettingsError(f"{where[(name,)]}: {name}: is not a secret pycam knows ({known})")
            secrets[SECRET_NAMES[name]] = value
            origins[("secrets", SECRET_NAMES[name])] = where[(name,)]
    for name, field in SECRET_NAMES.items():
        if value := env.get(name, "").strip():
            secrets[field] = value
            origins[("secrets", field)] = f"environment ({name})"
    return secrets


def _explain(error: ValidationError, origins: Origins) -> str:
    lines = []
    for mistake in error.errors(include_url=False, include_input=False):
        key = tuple(mistake["loc"])
        name = ".".join(str(part) for part in key) or "settings"
        reason = mistake["msg"].removeprefix("Value error, ")
        if mistake["type"] == "extra_forbidden":
            reason = "is not a setting pycam knows (misspelt?)"
        lines.append(f"{_origin(key, origins)}: {name}: {reason}")
    return "\n".join(lines)


def _origin(key: Key, origins: Origins) -> str:
    """The nearest place that is known: the key itself, else what it lies in."""
    while key:
        if key in origins:
            return origins[key]
        key = key[:-1]
    return str(PACKAGED)


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else "it is not UTF-8 text"
