"""What the pages work with, put together once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import current_app

from app.commands.dispatch import Dispatcher
from app.commands.request import Context
from app.settings import Settings
from app.state.connection import Client, StateUnavailable
from app.state.snapshot import Snapshot, read_snapshot
from app.store.password import PasswordFile

PARTS = "pycam"
"""Its name among Flask's extensions."""


BY = "the dashboard"
"""Who did it, where a person is named: there is one password for all."""


@dataclass(frozen=True, slots=True)
class Parts:
    """`now` gives seconds since the epoch."""

    settings: Settings
    client: Client
    context: Context
    dispatcher: Dispatcher
    passwords: PasswordFile
    now: Callable[[], float]


def parts() -> Parts:
    """Those of the application that answers at present."""
    found: Parts = current_app.extensions[PARTS]
    return found


def snapshot() -> Snapshot | None:
    """All wishes and facts of now; None while Redis does not answer."""
    try:
        return read_snapshot(parts().client)
    except StateUnavailable:
        return None
