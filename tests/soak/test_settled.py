"""Nothing is looked at before all that happened in the storm has run its course, and what hangs is named."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from app.domain import Presence
from app.state.facts import CameraFact, Facts, PresenceFact
from soak.settled import NOTICED_SECONDS, SETTLED_SECONDS, Settled, unsettled
from soak.truth import Truth, Visit
from soak.world import CAMERAS, PHONES

NOW = 1_800_000_000.0
OUTBOX = "the outbox is empty"


class Clock:
    """Time passes only in pauses."""

    def __init__(self) -> None:
        self.now = 100.0

    def pause(self, seconds: float) -> None:
        self.now += seconds


def settled(clock: Clock, look: Callable[[], Iterable[str]]) -> Settled:
    return Settled(look, monotonic=lambda: clock.now, pause=clock.pause)


def world(data: Path, *visits: Visit) -> Any:
    """All is well in it."""
    camera = CameraFact(at=NOW, source_state="running", person_problem="none is there")
    facts = Facts(
        camera=dict.fromkeys(CAMERAS, camera),
        presence=PresenceFact(at=NOW, presence=Presence.HOME, since=NOW - 60),
    )
    return SimpleNamespace(
        data=data,
        truth=Truth(visits=list(visits)),
        units=SimpleNamespace(units={}),
        router=SimpleNamespace(devices=[{"name": name} for name in PHONES]),
        facts=lambda: facts,
    )


def test_what_comes_up_a_moment_later_is_waited_for() -> None:
    clock = Clock()
    late = (clock.now + SETTLED_SECONDS / 2, clock.now + 5)

    assert settled(clock, lambda: [OUTBOX] if late[0] < clock.now < late[1] else []).within(60) == []
    assert clock.now >= late[1] + SETTLED_SECONDS


def test_what_hangs_is_told_apart_from_what_just_came() -> None:
    clock = Clock()
    end = clock.now + 60

    def look() -> list[str]:
        return ["web runs", OUTBOX] if clock.now > end - 3 else ["web runs"]

    hung, came = settled(clock, look).within(60)

    assert "web runs; it was not so for 60 s on end" in hung
    assert f"{OUTBOX}; it was not so for 3 s on end" in came


def test_what_never_stays_well_is_not_settled() -> None:
    clock = Clock()
    looks = iter(range(10_000))

    assert settled(clock, lambda: [OUTBOX] if next(looks) % 3 == 0 else []).within(60)
    assert clock.now >= 160


def test_a_world_in_which_all_is_well_is_settled(tmp_path: Path) -> None:
    assert list(unsettled(world(tmp_path), NOW)) == []


def test_a_visitor_who_is_still_walking_may_yet_make_an_alert(tmp_path: Path) -> None:
    walking = world(tmp_path, Visit("front", NOW - 4, NOW + 4))

    assert list(unsettled(walking, NOW)) == ["the last visitor has gone, and was noticed"]
    assert list(unsettled(world(tmp_path, Visit("front", NOW - 20, NOW - NOTICED_SECONDS - 1)), NOW)) == []


def test_an_item_in_the_outbox_is_not_settled(tmp_path: Path) -> None:
    pending = tmp_path / "outbox" / "pending"
    pending.mkdir(parents=True)
    (pending / "1.json").touch()

    assert list(unsettled(world(tmp_path), NOW)) == [OUTBOX]
