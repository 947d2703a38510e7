"""The one way to a Redis client, and the one error that means 'Redis does not answer'."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import redis
from redis.backoff import ExponentialBackoff
from redis.retry import Retry

Client = redis.Redis
"""For the annotations of those who are handed a client: nobody else imports redis."""


class StateUnavailable(Exception):
    """Redis cannot be reached, is loading, or refuses writes. Retrying later helps."""


def connect(url: str, *, timeout_seconds: float = 0.8) -> redis.Redis:
    """A lazy client that says within a second that Redis is away: Slack waits 3 s for an answer.

    A lost or refused connection is tried twice more at once (about 0.1 s in all). A time-out is not: the
    retries of connecting and of the command multiply, and a hung server held a command for 9.5 s (redis-py
    8.1). Bytes that are not UTF-8 become U+FFFD, which no reader of ours takes for valid.
    """
    return redis.Redis.from_url(
        url,
        decode_responses=True,
        encoding_errors="replace",
        socket_timeout=timeout_seconds,
        socket_connect_timeout=timeout_seconds,
        health_check_interval=30,
        retry=Retry(ExponentialBackoff(cap=0.1, base=0.02), 2, supported_errors=(redis.ConnectionError,)),
    )


@contextmanager
def translated() -> Iterator[None]:
    """Turn every error of redis-py into StateUnavailable, once, at this edge."""
    try:
        yield
    except redis.RedisError as error:
        raise StateUnavailable(f"Redis: {error}") from error
