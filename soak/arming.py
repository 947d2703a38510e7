"""The invariants about who is watched and when: armed state, presence, events for visitors, announcing."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from app.domain import Presence
from app.store.events import EventRecord, EventStore
from soak.oracle import allowed_announcing, allowed_watching, lagging_since, possible, weakened
from soak.truth import FOREVER, Act, Move, Span
from soak.watcher import Watcher
from soak.world import CAMERAS, LEAVE_SECONDS, PHONES, World

READERS = {
    "auto": [f"camera-{name}" for name in CAMERAS],
    "notifications": [f"camera-{name}" for name in CAMERAS],
    "guest": ["presence"],
} | {f"armed:{name}": [f"camera-{name}"] for name in CAMERAS}
"""Who keeps what was asked beside Redis, and gives it back to one that was emptied."""

WARM_UP_SECONDS = 4.0
"""From a camera's first picture on: the background is learned, a model loaded."""

JUST_BEFORE = 0.001
"""Seconds."""


class Arming:
    """Asked at each checkpoint, of everything since the last one."""

    def __init__(self, world: World, watcher: Watcher) -> None:
        self._world, self._watcher = world, watcher
        self._looked = self._asked = 0
        self._checked: set[str] = set()
        self.statements = self.decided = self.visits_watched = self.visits_missed_by_fault = 0

    def violations(self, now: float) -> Iterator[str]:
        """Everything that was seen and may not be."""
        truth = self._world.truth
        acts, spans = truth.copied()
        acts = weakened(acts, spans, truth.redis_deaths, READERS)
        yield from self._watching(acts, spans)
        yield from self._presence(acts, spans, list(truth.moves))
        yield from self._visits(acts, spans, now)
        yield from self._announced(acts, spans)

    def state(self, now: float) -> Iterator[str]:
        """In calm, with everything settled: each camera must be as the last command or change of presence demands."""
        truth = self._world.truth
        acts, spans = truth.copied()
        acts = weakened(acts, spans, truth.redis_deaths, READERS)
        facts = self._world.facts()
        for camera in CAMERAS:
            allowed = allowed_watching(camera, now, now, acts, self._watcher.told)
            fact = facts.camera.get(camera) if facts else None
            self.decided += len(allowed) == 1
            if fact is not None and fact.watching not in allowed:
                is_so = f"{camera} {_armed(fact.watching)} ({fact.watching_why})"
                yield f"{is_so}, but must not: {_last(acts, camera, now)}"

    def _watching(self, acts: Sequence[Act], spans: Sequence[Span]) -> Iterator[str]:
        for seen in self._watcher.seen[self._looked :]:
            concerned = {"redis", "presence", f"camera-{seen.camera}"}
            begin = lagging_since(seen.at, concerned, spans)
            allowed = allowed_watching(seen.camera, begin, seen.at + 0.1, acts, self._watcher.told)
            self.statements += 1
            if seen.watching not in allowed:
                yield (
                    f"{seen.camera} {_armed(seen.watching)} at {_clock(seen.at)} ({seen.why}), which nothing since "
                    f"{_clock(begin)} allows: {_last(acts, seen.camera, seen.at)}"
                )
        self._looked = len(self._watcher.seen)

    def _presence(self, acts: Sequence[Act], spans: Sequence[Span], moves: Sequence[Move]) -> Iterator[str]:
        told = self._watcher.told
        for one in told[self._asked :]:
            end = one.seen + 0.3
            begin = lagging_since(end, {"presence", "router", "redis"}, spans)
            guest = [_has_guest(acts, at) for at in _marks(begin, end, acts)]
            if one.presence is Presence.AWAY:
                nobody = any(
                    not _home_between(moves, at - LEAVE_SECONDS, at) for at in _marks(begin, end, (), moves)
                )
                if not nobody or all(g == {True} for g in guest):
                    yield f"presence said away at {_clock(one.seen)}, but somebody was home since {_clock(begin)}"
            elif not _home_between(moves, begin, end) and not any(True in g for g in guest):
                yield f"presence said home at {_clock(one.seen)}, but nobody was since {_clock(begin)}"
        self._asked = len(told)

    def _visits(self, acts: Sequence[Act], spans: Sequence[Span], now: float) -> Iterator[str]:
        events = self._events()
        for visit in list(self._world.truth.visits):
            key = f"visit {visit}"
            if key in self._checked or visit.end + 5 > now:
                continue
            self._checked.add(key)
            unit = f"camera-{visit.camera}"
            well = not any(
                s.what in (unit, "disk") and s.touches(visit.begin - 1, visit.end + 2) for s in spans
            )
            looked = any(
                view.begin + WARM_UP_SECONDS < visit.begin and view.end > visit.end
                for view in self._world.feed.views[visit.camera]
            )
            begin = lagging_since(visit.begin, {"redis", "presence", unit}, spans)
            armed = allowed_watching(visit.camera, begin, visit.end, acts, self._watcher.told)
            if armed != {True}:
                continue
            if not (well and looked):
                self.visits_missed_by_fault += 1
                continue
            self.visits_watched += 1
            if not any(
                event.camera == visit.camera
                and event.started < visit.end + 1
                and (event.ended or FOREVER) > visit.begin - 1
                and event.started > visit.begin - 130
                for event in events
            ):
                yield f"no event tells of the visit to {visit.camera} at {_clock(visit.begin)}, armed and well"

    def _announced(self, acts: Sequence[Act], spans: Sequence[Span]) -> Iterator[str]:
        for event in self._events():
            if event.id in self._checked:
                continue
            self._checked.add(event.id)
            begin = lagging_since(event.started, {"redis", f"camera-{event.camera}"}, spans)
            allowed = allowed_announcing(begin, event.started + 9, acts)
            if event.announced not in allowed:
                done = "announced" if event.announced else f"not announced ({event.muted_why})"
                yield f"event {event.id} was {done}, against every notification order since {_clock(begin)}"

    def _events(self) -> list[EventRecord]:
        store = EventStore(self._world.data / "events")
        return [event for event in map(store.get, store.all_ids()) if event is not None]


def _has_guest(acts: Sequence[Act], moment: float) -> set[bool]:
    """Whether a guest pass may hold, and may not."""
    found = set()
    for act in possible(acts, "guest", moment):
        ends = (act.lo + act.value, act.hi + act.value) if act.value is not None else (-FOREVER,) * 2
        found |= {moment < end for end in ends}
    return found


def _home_between(moves: Sequence[Move], begin: float, end: float) -> bool:
    """Whether any phone was on the Wi-Fi at any time between the two; all were at the start."""
    home = dict.fromkeys(PHONES, True)
    for move in moves:
        if move.at > end:
            break
        if move.at > begin and any(home.values()):
            return True
        home[move.person] = move.home
    return any(home.values())


def _marks(begin: float, end: float, acts: Sequence[Act], moves: Sequence[Move] = ()) -> list[float]:
    """Both ends, and all at which something changed between them: the moment itself, and the last one before."""
    inside = [t for act in acts for t in (act.lo, act.hi)] + [move.at for move in moves]
    return sorted({begin, end, *(m for t in inside for m in (t - JUST_BEFORE, t) if begin < m < end)})


def _last(acts: Sequence[Act], camera: str, moment: float) -> str:
    told = [
        f"{act.key}={act.value} at {_clock(act.hi)}{'' if act.sure else ' perhaps'}"
        for key in (f"armed:{camera}", "auto")
        for act in possible(acts, key, moment)
    ]
    return ", ".join(told)


def _armed(watching: bool) -> str:
    return "watched" if watching else "did not watch"


def _clock(moment: float) -> str:
    if abs(moment) == FOREVER:
        return "the start"
    return time.strftime("%H:%M:%S", time.localtime(moment)) + f".{int(moment % 1 * 10)}"
