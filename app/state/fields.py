"""A Redis hash of JSON values, read with the care that something outside the program deserves."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, ValidationError

log = logging.getLogger(__name__)


@lru_cache(maxsize=256)
def _complain(field: str, _value: int) -> None:
    """Once a value, not once a reading: cameras read every two seconds."""
    log.warning("the value of %r in Redis cannot be read and is ignored", field)


def parse_fields(
    fields: Mapping[str, str], named: Mapping[str, type[BaseModel]], single: Mapping[str, type[BaseModel]]
) -> dict[str, Any]:
    """'kind:name' fields as {kind: {name: model}}, plain ones as {kind: model}.

    A value that cannot be read counts as never said, and is logged. Unknown kinds belong to another version.
    """
    parsed: dict[str, Any] = {kind: {} for kind in named}
    for field, text in fields.items():
        kind, _, name = field.partition(":")
        model = named.get(kind) if name else single.get(kind)
        if model is None:
            continue
        try:
            value = model.model_validate_json(text)
        except ValidationError:
            _complain(field, hash(text))
            continue
        if name:
            parsed[kind][name] = value
        else:
            parsed[kind] = value
    return parsed
