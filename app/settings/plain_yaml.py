"""One YAML file as plain data, with the file and line of each key. Whatever is wrong with it: SettingsError."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import yaml

Key = tuple[str | int, ...]
Origins = dict[Key, str]
"""Where each key was last set: 'FILE, line N' or 'environment (NAME)'."""

MAX_BYTES = 1_000_000
"""The packaged file, comments and all, is a hundredth of this: more is not a settings file."""

MAX_VALUES = 10_000
"""Counted with every alias written out, so that nested aliases (a "billion laughs") end here and not in
memory. A camera with twenty detailed masks has about 1,000."""

_PLAIN_KEY = "tag:yaml.org,2002:str"


class SettingsError(Exception):
    """The start must stop: says which file, which key and why, one line a mistake."""


def read_yaml(path: Path, *, private: bool = False) -> tuple[dict[str, Any], Origins]:
    """One file's mapping, and the line of each of its keys. An empty file is an empty mapping.

    `private`: a file that does not exist is empty, too; one that others can read is refused.
    """
    text = _read_text(path, private)
    try:
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            origins = _Lines(path).of(node)
            data = loader.construct_document(node) if node is not None else None
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        reason = getattr(error, "problem", None) or " ".join(str(error).split())
        raise SettingsError(f"{path}{line}: not valid YAML: {reason}") from None
    except RecursionError:
        raise SettingsError(f"{path}: not valid settings: nested too deeply") from None
    except (ValueError, OverflowError) as error:  # PyYAML's own, of a date such as 2026-99-99
        raise SettingsError(f"{path}: not valid YAML: {error}") from None
    if data is None:
        return {}, {}
    if not isinstance(data, dict):
        raise SettingsError(f"{path}: must be a mapping of settings, not a {type(data).__name__}")
    return data, origins


def _read_text(path: Path, private: bool) -> str:
    try:
        with path.open("rb") as file:
            # Asked of the open file: what is checked is what is read.
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if private and mode & 0o077:
                raise SettingsError(f"{path}: can be read by others (mode {mode:04o}); run: chmod 600 {path}")
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        if private:
            return ""
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        reason = getattr(error, "strerror", None) or str(error)
        raise SettingsError(f"{path}: cannot be read: {reason}") from None
    if len(raw) > MAX_BYTES:
        raise SettingsError(f"{path}: is larger than {MAX_BYTES:,} bytes: not a settings file")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise SettingsError(f"{path}, line {line}: cannot be read: it is not UTF-8 text") from None


class _Loader(yaml.SafeLoader):
    """SafeLoader without explicit tags: settings need none, and a wrong one (`!!int ""`) makes PyYAML
    raise whatever its constructor happens to meet."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if tag := getattr(event, "tag", None):
            raise yaml.composer.ComposerError(None, None, f"tags are not used here: {tag}", event.start_mark)
        return super().compose_node(parent, index)


class _Lines:
    """Walks a file's nodes: notes each key's line, refuses keys set twice and too much of everything."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._origins: Origins = {}
        self._values = 0

    def of(self, node: yaml.Node | None) -> Origins:
        if node is not None:
            self._walk(node, ())
        return self._origins

    def _walk(self, node: yaml.Node, key: Key) -> None:
        self._values += 1
        if self._values > MAX_VALUES:
            raise SettingsError(f"{self._path}: more than {MAX_VALUES:,} values: not a settings file")
        if isinstance(node, yaml.MappingNode):
            for name, value in node.value:
                where = f"{self._path}, line {name.start_mark.line + 1}"
                if name.tag != _PLAIN_KEY:  # `on:` is a boolean to YAML, `<<:` a merge, `1:` a number
                    written = name.value if isinstance(name, yaml.ScalarNode) else "a list or mapping"
                    raise SettingsError(f"{where}: {written}: is not the name of a setting")
                here = (*key, name.value)
                if here in self._origins:
                    raise SettingsError(f"{where}: {name.value}: is set twice")
                self._origins[here] = where
                self._walk(value, here)
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                self._origins[(*key, index)] = f"{self._path}, line {value.start_mark.line + 1}"
                self._walk(value, (*key, index))
