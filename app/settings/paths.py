"""Relative paths, made absolute once: every process means the same file, wherever it was started.

A path in the environment is relative to the current folder, as in any command; a path in a settings file to the
folder of that file; the packaged `storage.data` to the project's folder.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parent.parent.parent

VARIABLES = ("PYCAM_CONFIG", "PYCAM_DATA")

_EACH = "*"
_NEVER = re.compile(r"")
_NO_CLIP = re.compile(r"\w*|(?:picamera|usb):.*|[\w+.-]+://.*", re.DOTALL)
"""picamera, usb:0, rtsp://…; a bare word is refused by app/media, which then says what it might be."""

_PLACES = {
    ("storage", "data"): _NEVER,
    ("person", "model"): re.compile(r"(?:auto)?"),
    ("cameras", _EACH, "source"): _NO_CLIP,
    ("presence", "routers", _EACH, "file"): _NEVER,
    ("presence", "routers", _EACH, "leases"): _NEVER,
}
"""Where the settings hold a path, and what in that place is none."""


def environment_with_whole_paths(environment: Mapping[str, str]) -> dict[str, str]:
    """`environment`, its paths relative to nothing any more."""
    whole = dict(environment)
    for name in VARIABLES:
        if value := environment.get(name, "").strip():
            whole[name] = absolute(value, Path.cwd())
    return whole


def absolute(path: str, folder: Path) -> str:
    """`path` as seen from `folder`; `~` is the home of who runs this."""
    return str(folder / os.path.expanduser(path))  # noqa: PTH111 — Path.expanduser() raises for an unknown ~user


def make_paths_whole(layer: dict[str, Any], folder: Path) -> None:
    """Change the relative paths of one file's settings, as read from a file in `folder`. What is no text stays."""
    for place, no_path in _PLACES.items():
        for section in _sections(layer, place[:-1]):
            text = section.get(place[-1])
            if isinstance(text, str) and not no_path.fullmatch(text):
                section[place[-1]] = absolute(text, folder)


def _sections(value: Any, place: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """What lies at `place`, as far as it is there and a mapping."""
    if place and place[0] == _EACH:
        for each in value if isinstance(value, list) else ():
            yield from _sections(each, place[1:])
    elif isinstance(value, dict):
        if place:
            yield from _sections(value.get(place[0]), place[1:])
        else:
            yield value
