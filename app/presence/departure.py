"""The exit delay: between "nobody is home" and what the cameras are told of it. Pure; time is an argument.

What is told is the last presence that was known: UNKNOWN changes nothing, in either direction. `since` is when the
last one left, not when the delay ended: a command given in between is newer, and wins (rules.py).
"""

from __future__ import annotations

from typing import NamedTuple

from app.domain import Presence


class Told(NamedTuple):
    """What the cameras are told. `since`: seconds since the epoch."""

    presence: Presence
    since: float


class Leaving(NamedTuple):
    """The last one left; the delay runs. `since`: when that was."""

    since: float


class CalledOff(NamedTuple):
    """Somebody came back before the delay was over."""


class Changed(NamedTuple):
    """The cameras are told something else from now on."""

    before: Told
    after: Told


Step = Leaving | CalledOff | Changed


class ExitDelay:
    """`leaving_since`: a delay that was running when the process stopped; it begins anew, with its own `since`."""

    def __init__(self, told: Told, *, delay_seconds: float, leaving_since: float | None = None) -> None:
        self.told = told
        self._delay = delay_seconds
        self._restored = leaving_since
        self._leaving: Told | None = None
        self._due = 0.0

    @property
    def leaving_since(self) -> float | None:
        """When the last one left, while the delay runs (or will run on once who is home is known)."""
        return self._leaving.since if self._leaving else self._restored

    @property
    def running(self) -> bool:
        """Whether the delay runs now."""
        return self._leaving is not None

    def update(self, presence: Presence, *, now: float, stamp: float) -> list[Step]:
        """Take in who is home. `now`: monotonic; `stamp`: what `since` is, if this is a change."""
        if presence is Presence.UNKNOWN:
            return []
        if presence is Presence.HOME:
            return self._home(stamp)
        steps: list[Step] = []
        if self.told.presence is Presence.AWAY:
            return steps
        if self._leaving is None:
            again = self._restored is not None
            self._leaving = Told(Presence.AWAY, stamp if self._restored is None else self._restored)
            self._restored, self._due = None, now + self._delay
            if not again:
                steps.append(Leaving(self._leaving.since))
        if now >= self._due:
            steps.append(self._tell(self._leaving))
            self._leaving = None
        return steps

    def _home(self, stamp: float) -> list[Step]:
        was_leaving = self._leaving is not None or self._restored is not None
        self._leaving = self._restored = None
        if self.told.presence is not Presence.HOME:
            return [self._tell(Told(Presence.HOME, stamp))]
        return [CalledOff()] if was_leaving else []

    def _tell(self, after: Told) -> Changed:
        before, self.told = self.told, after
        return Changed(before, after)
