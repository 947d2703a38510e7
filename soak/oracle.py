"""What the truth allows. Pure.

Where an answer was lost nobody can know whether the command was carried out, so there is not always one right
state but a set of them; what is outside that set is wrong. How long a process may lag behind is measured in time
in which it and all it needs were well.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from app.domain import Presence
from app.rules import Home, Manual, Mute, should_alert, should_watch
from soak.truth import FOREVER, Act, Span

LAG_SECONDS = 4.0
"""Wishes are read every 2 s at the latest, and two busy cores need a moment."""

SYNC_SECONDS = 2.5
"""After this long in health a process has read what was asked before."""


@dataclass(frozen=True, slots=True)
class Told:
    """Who is home, as the presence process had it from `seen` on; it dates the change between `lo` and `hi`."""

    presence: Presence
    lo: float
    hi: float
    seen: float


def possible(acts: Iterable[Act], key: str, moment: float) -> list[Act]:
    """Every act that may be the last one carried out on `key` by `moment`; at the start: one with the value None."""
    mine = [Act(key, None, -FOREVER, -FOREVER, sure=True)]
    mine += [act for act in acts if act.key == key and act.lo <= moment]
    done = [act for act in mine if act.sure and act.hi <= moment]
    return [act for act in mine if not any(later.lo > act.hi for later in done)]


def weakened(
    acts: Sequence[Act], spans: Sequence[Span], deaths: Sequence[float], readers: Mapping[str, Sequence[str]]
) -> list[Act]:
    """The acts, not sure any more where Redis lost its memory before all `readers` of that key could have read it.

    Redis is the only place of a command until then (docs/soak.md). `readers`: key -> units.
    """
    found = []
    for act in acts:
        who = readers.get(act.key, ())
        death = min((at for at in deaths if at > act.lo), default=FOREVER)
        if act.sure and not all(_has_read(unit, act.hi, death, spans) for unit in who):
            act = replace(act, sure=False)  # noqa: PLW2901
        found.append(act)
    return found


def _has_read(unit: str, since: float, until: float, spans: Sequence[Span]) -> bool:
    begin = since
    for span in sorted((s for s in spans if s.what in (unit, "redis")), key=lambda s: s.begin):
        if span.begin - begin >= SYNC_SECONDS:
            break
        begin = max(begin, span.end)
    return begin + SYNC_SECONDS <= until


def lagging_since(
    moment: float, concerned: Collection[str], spans: Iterable[Span], lag: float = LAG_SECONDS
) -> float:
    """How old may be what a process acts upon at `moment`: `lag` seconds in which all `concerned` were well."""
    begin = moment - lag
    for span in sorted((s for s in spans if s.what in concerned), key=lambda s: -s.begin):
        if span.begin <= moment and span.end + lag >= begin:
            begin = min(begin, span.begin - lag)
    return begin


def allowed_watching(
    camera: str, begin: float, end: float, acts: Sequence[Act], told: Sequence[Told]
) -> set[bool]:
    """What may be the answer to 'is it armed' by what was so at any moment between the two."""
    moments = _moments(begin, end, acts, told)
    found: set[bool] = set()
    for moment in moments:
        manuals, autos = possible(acts, f"armed:{camera}", moment), possible(acts, "auto", moment)
        for manual, auto, home in product(manuals, autos, told_at(told, moment)):
            found |= _verdicts(manual, auto.value is True, home)
        if len(found) == 2:
            break
    return found


def allowed_announcing(begin: float, end: float, acts: Sequence[Act]) -> set[bool]:
    """The same for 'is an event announced'. The value of notifications: (on, seconds of the mute or None)."""
    found = set()
    for moment in _moments(begin, end, acts, ()):
        for act in possible(acts, "notifications", moment):
            if act.value is None:
                found.add(True)
                continue
            on, seconds = act.value
            for since in (act.lo, act.hi):
                mute = Mute(on, "", None if seconds is None else since + seconds)
                found.add(should_alert(mute, moment).yes)
    return found


def told_at(told: Sequence[Told], moment: float) -> list[Told | None]:
    """What the presence process had said last by `moment`."""
    last: Told | None = None
    for one in told:
        if one.seen <= moment:
            last = one
    return [last]


def _verdicts(manual: Act, auto: bool, home: Told | None) -> set[bool]:
    found = set()
    for at, since in product((manual.lo, manual.hi), (home.lo, home.hi) if home else (0.0,)):
        by_hand = None if manual.value is None else Manual(manual.value, "", at)
        house = None if home is None else Home(home.presence, since)
        found.add(should_watch(by_hand, auto=auto, home=house).yes)
    return found


def _moments(begin: float, end: float, acts: Iterable[Act], told: Iterable[Told]) -> list[float]:
    """All at which something changed between the two, and both ends."""
    marks = {begin, end}
    marks |= {t for act in acts for t in (act.lo, act.hi) if begin < t < end}
    marks |= {one.seen for one in told if begin < one.seen < end}
    for act in acts:
        if act.key == "notifications" and act.value and act.value[1] is not None:
            marks |= {t for t in (act.lo + act.value[1], act.hi + act.value[1]) if begin < t < end}
    return sorted(marks)
