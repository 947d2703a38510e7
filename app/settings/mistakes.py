"""What pydantic finds wrong, in words for whoever wrote the settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from app.settings.plain_yaml import Key

_NUMBER = "must be a number"
_WHOLE = "must be a whole number"
_BOOL = "must be true or false"
_TEXT = "must be text (in quotes, if it looks like something else)"
_LIST = "must be a list, such as [a, b]"
_SECTION = "must have settings of its own below it"

_WORDS: dict[str, str | Callable[[Mapping[str, Any]], str]] = {
    "missing": "is missing",
    "extra_forbidden": "is not a setting pycam knows (misspelt?)",
    "value_error": lambda about: str(about["error"]),
    "string_type": _TEXT,
    "string_too_short": "must not be empty",
    "string_too_long": lambda about: f"must have at most {about['max_length']} letters",
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": _WHOLE,
    "int_from_float": _WHOLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": _NUMBER,
    "bool_type": _BOOL,
    "bool_parsing": _BOOL,
    "tuple_type": _LIST,
    "model_type": _SECTION,
    "model_attributes_type": _SECTION,
    "dict_type": _SECTION,
    "too_short": lambda about: (
        f"must have at least {about['min_length']} of them, has {about['actual_length']}"
    ),
    "too_long": lambda about: f"must have {about['max_length']} of them, has {about['actual_length']}",
    "greater_than": lambda about: f"must be above {about['gt']:g}",
    "greater_than_equal": lambda about: f"must be {about['ge']:g} or more",
    "less_than": lambda about: f"must be below {about['lt']:g}",
    "less_than_equal": lambda about: f"must be {about['le']:g} or less",
    "literal_error": lambda about: f"must be {about['expected']}",
    "union_tag_not_found": "must say its kind",
    "union_tag_invalid": lambda about: f"is of a kind pycam does not know, only: {about['expected_tags']}",
    "path_type": "must be a path",
    "ip_v4_address": "must be an IPv4 address such as 192.168.1.20",
}

_LONGEST_NAME = 40


def in_words(mistake: Mapping[str, Any]) -> str:
    """Why it is one. Never the value: it may be a secret."""
    words = _WORDS.get(mistake["type"])
    if words is None:
        return str(mistake["msg"])
    return words if isinstance(words, str) else words(mistake["ctx"])


def as_written(key: Key, settings: Any) -> Key:
    """`key` without what pydantic puts between: the kind of a router, say, before that router's settings."""
    written: list[str | int] = []
    value = settings
    for part in key:
        if isinstance(value, dict) and part not in value and part == value.get("kind"):
            continue
        written.append(part)
        value = _below(value, part)
    return tuple(written)


def spelt(key: Key, settings: Any) -> str:
    """cameras[front].fps: who is in a list goes by name, else by number, counted from 1."""
    text, value = "", settings
    for part in key:
        value = _below(value, part)
        if isinstance(part, int):
            text += f"[{_name(value) or part + 1}]"
        else:
            text += f".{part}" if text else part
    return text or "settings"


def _below(value: Any, part: str | int) -> Any:
    try:
        return value[part]
    except (KeyError, IndexError, TypeError):
        return None


def _name(item: Any) -> str:
    name = item.get("name") if isinstance(item, dict) else None
    return name if isinstance(name, str) and name.isprintable() and len(name) <= _LONGEST_NAME else ""
