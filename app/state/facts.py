"""What is so, as far as a process last said, and when it said it. A fact without a fresh `at` is history."""

from __future__ import annotations

from collections.abc import Mapping

import redis
from pydantic import BaseModel, ConfigDict

from app.domain import Presence
from app.state.connection import translated
from app.state.fields import parse_fields
from app.state.keys import FACTS

HEARTBEAT_SECONDS = 5.0
"""How often each process says that it lives. Redis traffic, not disk: snapshots are minutes apart."""

STALE_SECONDS = 20.0
"""Four missed heartbeats: from then on a process counts as silent."""


class Fact(BaseModel):
    """`at`: when it was said, seconds since the epoch."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    at: float


class CameraFact(Fact):
    """One camera process: what it sees with and what it does."""

    source_state: str
    """opening, running, lost or ended."""
    reason: str = ""
    last_frame_at: float | None = None
    fps: float | None = None
    watching: bool = False
    watching_why: str = ""
    person_model: str | None = None
    person_problem: str = ""
    """Why no model is in use; or, beside one that is, why a better one is not."""
    event_id: str | None = None
    head: str = ""
    """pantilt or simulated; empty: it has none."""
    pan: int | None = None
    """Degrees; the last command that worked. None: it never got one."""
    tilt: int | None = None
    head_moving: bool = False
    head_problem: str = ""


class Heartbeat(Fact):
    """A process lives."""

    pid: int
    started: float
    problem: str = ""
    address: str = ""
    """Where it answers on this machine, such as http://127.0.0.1:8080; empty: nowhere, or at a Unix socket."""


class Goodbye(Fact):
    """A process ended as it should. `started` is that of its heartbeats: a later one of the same name is another."""

    started: float


class OutboxFact(Fact):
    """What waits to go out."""

    waiting: int
    set_aside: int
    oldest_at: float | None = None
    problem: str = ""


class PersonFact(BaseModel):
    """One person. `home` None: never known; `unknown`: not known at present. Times: seconds since the epoch."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    name: str
    home: bool | None = None
    unknown: bool = True
    since: float | None = None
    seen_at: float | None = None


class RouterFact(BaseModel):
    """One router that is asked. `problem`: why it gave no answer; `answered_at`: when it last did."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    name: str
    problem: str = ""
    answered_at: float | None = None


class PresenceFact(Fact):
    """Who was home when that was last known; `since` is when it last really changed.

    `presence` does not go back to UNKNOWN once it was known (unknown never disarms): `problem` says why it
    cannot be told at present.
    """

    presence: Presence
    since: float
    problem: str = ""
    who: tuple[str, ...] = ()
    away_since: float | None = None
    """When the last one left, also while the exit delay still runs; None: somebody is home."""


class UploadFact(Fact):
    """How the uploads are. `waiting`: tagged samples that are not in the bucket with their present tag."""

    waiting: int
    last_success_at: float | None = None
    """When a round last ended with everything uploaded."""
    problem: str = ""
    served: str = ""
    """The id of the last wish that was answered: a restarted uploader does not answer it again."""


class HouseholdFact(Fact):
    """The particulars: they change with every round of questions, a PresenceFact only with who is home."""

    people: tuple[PersonFact, ...] = ()
    routers: tuple[RouterFact, ...] = ()


class Facts(BaseModel):
    """All of them; what nobody ever said is None or absent."""

    model_config = ConfigDict(frozen=True)

    camera: dict[str, CameraFact] = {}
    process: dict[str, Heartbeat] = {}
    goodbye: dict[str, Goodbye] = {}
    outbox: OutboxFact | None = None
    presence: PresenceFact | None = None
    household: HouseholdFact | None = None
    upload: UploadFact | None = None
    unreadable: tuple[str, ...] = ()
    """Fields whose value is none of ours, or another version's."""

    def has_left(self, process: str) -> bool:
        """Whether the last that was heard of a process is its goodbye."""
        heartbeat, goodbye = self.process.get(process), self.goodbye.get(process)
        return heartbeat is not None and goodbye is not None and goodbye.started == heartbeat.started


_NAMED: dict[str, type[Fact]] = {"camera": CameraFact, "process": Heartbeat, "goodbye": Goodbye}
_SINGLE: dict[str, type[Fact]] = {
    "outbox": OutboxFact,
    "presence": PresenceFact,
    "household": HouseholdFact,
    "upload": UploadFact,
}


def parse_facts(fields: Mapping[str, str]) -> Facts:
    """The hash as Facts."""
    return Facts.model_construct(**parse_fields(fields, _NAMED, _SINGLE))


def say(client: redis.Redis, facts: Mapping[str, Fact]) -> None:
    """Publish facts under 'camera:front', 'process:web', 'outbox', 'presence'. Raises StateUnavailable."""
    if not facts:
        return
    with translated():
        client.hset(FACTS, mapping={field: fact.model_dump_json() for field, fact in facts.items()})
