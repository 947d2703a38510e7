"""Who among the processes is in trouble, and what of that is news. Pure.

The notifier watches the others, because it is the one that can tell. (Nobody tells of the notifier itself but
systemd, Glances and /pi_status.) A process is in trouble when it

- fell silent: no new heartbeat for SILENT_SECONDS, though it said no goodbye;
- is expected and does not come up, or not again within GOODBYE_SECONDS of its goodbye; or
- was started again without having said goodbye: it crashed, or systemd's watchdog ended it.

That is told once, however often it happens again, and once more when the process was well for WELL_SECONDS.
Only heartbeats that change count, on a monotonic clock: a wall clock that jumps by a day alarms nobody.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.state.facts import Facts, Heartbeat

SILENT_SECONDS = 60.0
"""systemd waits 5 s before it starts a process again, and a Pi 3 takes some 15 s to load the camera's."""

START_SECONDS = 180.0
"""The same for a process not heard of since the notifier began: at a boot, everything loads at once."""

WELL_SECONDS = 120.0
"""A process that crashes every minute is not well in between."""

GOODBYE_SECONDS = 900.0
"""So long a goodbye excuses an expected process. An upgrade on a Pi takes minutes; who came back and crashes before
the first heartbeat has only the old goodbye to show."""

REDIS = "redis"
"""Redis in the same list: without it no process can be heard, and no command is answered."""


class News(StrEnum):
    """What is to be told of a process."""

    SILENT = "silent"
    RESTARTED = "restarted"
    WELL = "well"


@dataclass(frozen=True, slots=True)
class Notice:
    """`since`: when the trouble began, seconds since the epoch."""

    process: str
    news: News
    since: float


@dataclass(slots=True)
class _Seen:
    """What is known of one process. Times are monotonic."""

    heartbeat: Heartbeat | None
    changed_at: float
    """When its last heartbeat was first seen."""
    alive: bool = False
    """Whether a heartbeat was seen to change: what only lies in Redis may be older than this machine's start."""
    well_since: float | None = None
    left_at: float | None = None
    """When the goodbye of that heartbeat was first seen."""


class Watch:
    """Call `look` every few seconds.

    expected    processes that must be there even if they were never heard of (app/settings/called_for.py).
    troubles    process -> since: what an earlier Watch told of and is not mended yet.
    """

    def __init__(
        self, expected: Collection[str], now: float, troubles: Mapping[str, float] | None = None
    ) -> None:
        self._expected = frozenset(expected)
        self._troubles = {name: since for name, since in (troubles or {}).items() if self._concerns(name)}
        self._seen: dict[str, _Seen] = {}
        self._redis = _Seen(None, now, alive=True)

    @property
    def troubles(self) -> dict[str, float]:
        """What was told of and is not mended yet."""
        return dict(self._troubles)

    def look(self, facts: Facts | None, now: float, wall: float) -> list[Notice]:
        """What is news. `facts` None: Redis gives none. `now`: monotonic seconds, `wall`: since the epoch."""
        if facts is None:
            return self._silent(REDIS, self._redis, now, wall)
        if self._redis.well_since is None:
            for seen in self._seen.values():
                seen.changed_at = now  # nobody could be heard: that was not their silence
        self._redis.changed_at = now
        notices = self._mended(REDIS, self._redis, now)
        for process in sorted(self._expected | facts.process.keys()):
            if self._concerns(process):
                notices += self._look_at(process, facts, now, wall)
        return notices

    def _concerns(self, process: str) -> bool:
        """A camera that is not in the settings any more is nobody's trouble; nor does the notifier watch itself."""
        return process != "notifier" and (process in self._expected or not process.startswith("camera:"))

    def _look_at(self, process: str, facts: Facts, now: float, wall: float) -> list[Notice]:
        heartbeat = facts.process.get(process)
        seen = self._seen.setdefault(process, _Seen(heartbeat, now))
        if heartbeat is not None and heartbeat != seen.heartbeat:
            crashed = _has_crashed(process, seen, heartbeat, facts)
            seen.heartbeat, seen.changed_at, seen.alive, seen.left_at = heartbeat, now, True, None
            if crashed:
                seen.well_since = now
                return self._tell(process, News.RESTARTED, wall)
        elif facts.has_left(process):
            return self._look_at_the_gone(process, seen, facts.goodbye[process].at, now)
        elif now - seen.changed_at > (SILENT_SECONDS if seen.alive else START_SECONDS):
            return self._silent(process, seen, now, wall)
        return self._mended(process, seen, now) if seen.alive else []

    def _look_at_the_gone(self, process: str, seen: _Seen, goodbye_at: float, now: float) -> list[Notice]:
        if seen.left_at is None:
            seen.left_at = now
        seen.well_since = None
        if self._troubles.get(process) == goodbye_at:
            return []  # it was told that it did not come back from this very goodbye
        if process not in self._expected or now - seen.left_at <= GOODBYE_SECONDS:
            seen.changed_at = now
            self._troubles.pop(process, None)
            return []
        # After an absence of Redis it has time for a heartbeat first.
        return self._tell(process, News.SILENT, goodbye_at) if now - seen.changed_at > SILENT_SECONDS else []

    def _silent(self, process: str, seen: _Seen, now: float, wall: float) -> list[Notice]:
        seen.well_since = None
        if now - seen.changed_at <= SILENT_SECONDS:
            return []
        return self._tell(process, News.SILENT, wall - (now - seen.changed_at))

    def _tell(self, process: str, news: News, since: float) -> list[Notice]:
        if process in self._troubles:
            return []
        self._troubles[process] = since
        return [Notice(process, news, since)]

    def _mended(self, process: str, seen: _Seen, now: float) -> list[Notice]:
        if seen.well_since is None:
            seen.well_since = now
        if process not in self._troubles or now - seen.well_since < WELL_SECONDS:
            return []
        return [Notice(process, News.WELL, self._troubles.pop(process))]


def _has_crashed(process: str, seen: _Seen, heartbeat: Heartbeat, facts: Facts) -> bool:
    """Whether the process that was last seen alive ended without a goodbye, and this is another."""
    before, goodbye = seen.heartbeat, facts.goodbye.get(process)
    if not seen.alive or before is None or before.started == heartbeat.started:
        return False
    return goodbye is None or goodbye.started != before.started
