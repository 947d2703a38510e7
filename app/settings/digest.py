"""Under `digest`: the weekly message in the alerts channel."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator

from app.settings.section import Section

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

_TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")


def _from_minutes(value: object) -> object:
    """YAML 1.1 takes an unquoted 10:30 for a number to the base of 60."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 24 * 60:
        return f"{value // 60:02d}:{value % 60:02d}"
    return value


def _two_digits(text: str) -> str:
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError('must be a time of the day, such as "09:00"')
    return f"{int(found[1]):02d}:{found[2]}"


class DigestSettings(Section):
    """When it comes, by this machine's own time zone."""

    enabled: bool = True
    weekday: Weekday = "monday"
    at: Annotated[str, BeforeValidator(_from_minutes), AfterValidator(_two_digits)] = "09:00"
