"""Everything a command needs, in one pipelined round trip."""

from __future__ import annotations

from secrets import token_hex
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
        # Not SET NX's own answer: should the connection drop after it was carried out, redis-py sends the
        # pipeline once more, and our own claim would look like a replay.
        ours = token_hex(8)
        if signature is not None:
            pipe.set(SEEN + signature, ours, nx=True, ex=REPLAY_SECONDS)
            pipe.get(SEEN + signature)
        pipe.hgetall(WISHES)
        pipe.hgetall(FACTS)
        *claim, wishes, facts = pipe.execute()
    return Snapshot(claim[-1] == ours if claim else True, parse_wishes(wishes), parse_facts(facts))


def release_signature(client: redis.Redis, signature: str) -> None:
    """Forget a claim whose command could not be carried out, so that the same request may be tried again."""
    with translated():
        client.delete(SEEN + signature)
