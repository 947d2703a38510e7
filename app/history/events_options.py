"""What may be typed after an option of `pycam events`; argparse shows the message of what may not."""

from __future__ import annotations

import time
from argparse import ArgumentTypeError
from datetime import date

from app.domain import EVENT_ID
from app.history.days import NoDay, day_named
from app.history.events_text import quoted

MOST = 100_000


def day(said: str) -> date:
    """A day of this house, as it is named now."""
    try:
        return day_named(said, time.time())
    except NoDay as error:
        raise ArgumentTypeError(str(error)) from None


def event_id(said: str) -> str:
    """An event's id; there need not be such an event."""
    if not EVENT_ID.fullmatch(said):
        raise ArgumentTypeError(f"{quoted(said)} is no event's id")
    return said


def count(said: str) -> int:
    """1 to MOST."""
    if not (said.isascii() and said.isdigit() and len(said) <= 7 and 1 <= int(said) <= MOST):
        raise ArgumentTypeError(f"must be a number from 1 to {MOST}")
    return int(said)
