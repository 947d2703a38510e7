"""What a check is: a name, a question to the outside, and one of four answers."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from app.settings import Settings

DEFAULT_WEB_URL = "http://127.0.0.1:8080"
"""gunicorn.conf's `bind`: where it is looked for if it says nothing."""


class Status(StrEnum):
    """WARNING: it works, and will disappoint. SKIPPED: there is nothing to test, or nothing to test it with."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`seen`: what was found, or why it was skipped. `do`: what to do about it; never empty for a failure."""

    status: Status
    seen: str
    do: str = ""


def ok(seen: str) -> Outcome:
    """It works."""
    return Outcome(Status.OK, seen)


def warning(seen: str, do: str) -> Outcome:
    """It works, and will disappoint."""
    return Outcome(Status.WARNING, seen, do)


def failed(seen: str, do: str) -> Outcome:
    """It does not work."""
    return Outcome(Status.FAILED, seen, do)


def skipped(why: str) -> Outcome:
    """It was not tested."""
    return Outcome(Status.SKIPPED, why)


@dataclass(frozen=True, slots=True)
class Check:
    """`name`: FAMILY or FAMILY:PART. `run` may raise anything. `seconds`: then it counts as hanging.

    `alone`: it measures the machine, and would measure the other checks as well.
    """

    name: str
    run: Callable[[], Outcome]
    seconds: float = 20
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Context:
    """What checks are made from.

    `web_url`: where `pycam web` listens; None: where it says it does. `send`: a real message may be posted.
    """

    settings: Settings
    web_url: str | None = None
    send: bool = False
    now: Callable[[], float] = time.time
