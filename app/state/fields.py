"""A Redis hash of JSON values, read with the care that something outside the program deserves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError


def parse_fields(
    fields: Mapping[str, str], named: Mapping[str, type[BaseModel]], single: Mapping[str, type[BaseModel]]
) -> dict[str, Any]:
    """'kind:name' fields as {kind: {name: model}}, plain ones as {kind: model}.

    A value that cannot be read counts as never said; its field is listed under 'unreadable', for whoever reads
    again and again to log it once. Unknown kinds belong to another version.
    """
    parsed: dict[str, Any] = {kind: {} for kind in named}
    unreadable: list[str] = []
    for field, text in fields.items():
        kind, _, name = field.partition(":")
        model = named.get(kind) if name else single.get(kind)
        if model is None:
            continue
        try:
            value = model.model_validate_json(text)
        except ValidationError:
            unreadable.append(field)
            continue
        if name:
            parsed[kind][name] = value
        else:
            parsed[kind] = value
    return parsed | {"unreadable": tuple(sorted(unreadable))}
