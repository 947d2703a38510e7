"""What the pages work with, put together once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import current_app

from app.commands.request import Context
from app.settings import Settings
from app.state.connection import Client
from app.store.password import PasswordFile

PARTS = "pycam"
"""Its name among Flask's extensions."""


@dataclass(frozen=True, slots=True)
class Parts:
    """`now` gives seconds since the epoch."""

    settings: Settings
    client: Client
    context: Context
    passwords: PasswordFile
    now: Callable[[], float]


def parts() -> Parts:
    """Those of the application that answers at present."""
    found: Parts = current_app.extensions[PARTS]
    return found
