"""Everything a command needs, in one pipelined round trip."""

from __future__ import annotations

from typing import NamedTuple

import redis

from app.state.connection import translated
from app.state.facts import Facts, parse_facts
from app.state.keys import FACTS, SEEN, WISHES
from app.state.wishes import Wishes, parse_wishes

REPLAY_SECONDS = 660
"""A signature is accepted ±300 s around its time stamp; twice that and a little more covers every replay."""


class Snapshot(NamedTuple):
    """`first_time` is False if this signed request was seen before."""

    first_time: bool
    wishes: Wishes
    facts: Facts


def read_snapshot(client: redis.Redis, signature: str | None = None) -> Snapshot:
    """Claim `signature` (when there is one) and read all wishes and facts. Raises StateUnavailable."""
    with translated():
        pipe = client.pipeline(transaction=False)
        if signature is not None:
            pipe.set(SEEN + signature, "1", nx=True, ex=REPLAY_SECONDS)
        pipe.hgetall(WISHES)
        pipe.hgetall(FACTS)
        *claimed, wishes, facts = pipe.execute()
    return Snapshot(bool(claimed[0]) if claimed else True, parse_wishes(wishes), parse_facts(facts))


def release_signature(client: redis.Redis, signature: str) -> None:
    """Forget a claim whose command could not be carried out, so that the same request may be tried again."""
    with translated():
        client.delete(SEEN + signature)
