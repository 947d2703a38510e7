"""Everything a command needs, in one pipelined round trip."""

from __future__ import annotations

from collections.abc import Sequence
from secrets import token_hex
from typing import NamedTuple

import redis

from app.state.connection import as_mapping, one_round_trip, translated
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


NOTHING_KNOWN = Snapshot(True, Wishes(), Facts())
"""Instead of one, while Redis does not answer."""


def read_snapshot(client: redis.Redis, signature: str | None = None) -> Snapshot:
    """Claim `signature` (when there is one) and read all wishes and facts. Raises StateUnavailable."""
    # Not SET NX's own answer: should the connection drop after it was carried out, the commands are sent once
    # more, and our own claim would look like a replay.
    ours = token_hex(8)
    read: tuple[Sequence[str | int], ...] = (("HGETALL", WISHES), ("HGETALL", FACTS))
    if signature is not None:
        key = SEEN + signature
        read = (("SET", key, ours, "NX", "EX", REPLAY_SECONDS), ("GET", key), *read)
    with translated():
        *claim, wishes, facts = one_round_trip(client, *read)
    first_time = claim[-1] == ours if claim else True
    return Snapshot(first_time, parse_wishes(as_mapping(wishes)), parse_facts(as_mapping(facts)))


def release_signature(client: redis.Redis, signature: str) -> None:
    """Forget a claim whose command could not be carried out, so that the same request may be tried again."""
    with translated():
        client.delete(SEEN + signature)
