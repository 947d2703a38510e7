"""Whether everything is well again after a storm, and if not, what is not."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator

from app.domain import Presence
from app.presence.guest import WHO
from soak.world import CAMERAS, PHONES, World

START_SECONDS = 90.0
CALM_SECONDS = 60.0
"""Within this long after the last fault everything must be well again, told and settled."""

SETTLED_SECONDS = 2.0
"""So long everything must have been well on end before it is looked at: what was asked last must have arrived too."""

NOTICED_SECONDS = 3.0
"""A visitor is walking when the storm ends, and the camera was killed a moment ago: it sees him late, and the alert
is still on its way when everything else has long been well."""

LOOK_SECONDS = 0.3

Pause = Callable[[float], None]


class Settled:
    """`unsettled` names all that is not well at the moment."""

    def __init__(
        self,
        unsettled: Callable[[], Iterable[str]],
        *,
        monotonic: Callable[[], float] = time.monotonic,
        pause: Pause = time.sleep,
    ) -> None:
        self._unsettled, self._monotonic, self._pause = unsettled, monotonic, pause

    def within(self, seconds: float) -> list[str]:
        """Return once nothing was named for SETTLED_SECONDS; after `seconds` at the latest, then with what is named,
        and for how long it was so on end."""
        begin = self._monotonic()
        since: dict[str, float] = {}
        well_since: float | None = None
        while (now := self._monotonic()) - begin < seconds:
            since = {what: since.get(what, now) for what in self._unsettled()}
            if since:
                well_since = None
            elif well_since is None:
                well_since = now
            elif now - well_since >= SETTLED_SECONDS:
                return []
            self._pause(LOOK_SECONDS)
        if not since:
            return [f"not settled within {seconds:.0f} s: everything was well at last, but not for long"]
        return [
            f"not settled within {seconds:.0f} s: {what}; it was not so for {now - at:.0f} s on end"
            for what, at in since.items()
        ]


def unsettled(world: World, now: float) -> Iterator[str]:
    """What is not well, or not done yet. `now`: seconds since the epoch."""
    if any(visit.end + NOTICED_SECONDS > now for visit in list(world.truth.visits)):
        yield "the last visitor has gone, and was noticed"
    facts = world.facts()
    if facts is None:
        yield "Redis answers"
        return
    for unit in world.units.units.values():
        if unit.process is None or unit.down is not None:
            yield f"{unit.name} runs"
    for camera in CAMERAS:
        fact = facts.camera.get(camera)
        if fact is None or now - fact.at > 6 or fact.event_id is not None or fact.source_state != "running":
            yield f"{camera} says that it runs and sees nobody"
        elif fact.person_model is None and not fact.person_problem:
            yield f"{camera} has its model"
    people = {device["name"] for device in world.router.devices} & set(PHONES)
    guest = facts.presence is not None and WHO in facts.presence.who
    expected = Presence.HOME if people or guest else Presence.AWAY
    if facts.presence is None or now - facts.presence.at > 6 or facts.presence.presence is not expected:
        yield f"presence says {expected}"
    elif facts.presence.problem:
        yield "presence knows who is home"
    if any((world.data / "outbox" / "pending").glob("*.json")):
        yield "the outbox is empty"
    samples = world.data / "samples"
    if any((path.parent / "sample.json").exists() for path in samples.glob("*/tag.json")):
        yield "the tagged samples are in S3"
