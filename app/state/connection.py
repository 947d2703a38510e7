"""The one way to a Redis client, and the one error that means 'Redis does not answer'."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import redis
from redis.backoff import ExponentialBackoff
from redis.retry import Retry


class StateUnavailable(Exception):
    """Redis cannot be reached, is loading, or refuses writes. Retrying later helps."""


def connect(url: str, *, timeout_seconds: float = 1.0) -> redis.Redis:
    """A lazy client. It gives up after two quick retries (about 0.1 s on a refused port): redis-py's own
    default keeps trying for over 4 s, longer than Slack's 3 s (measured with redis-py 8.1)."""
    return redis.Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=timeout_seconds,
        socket_connect_timeout=timeout_seconds,
        health_check_interval=30,
        retry=Retry(ExponentialBackoff(cap=0.1, base=0.02), 2),
        retry_on_error=[redis.ConnectionError],
    )


@contextmanager
def translated() -> Iterator[None]:
    """Turn every error of redis-py into StateUnavailable, once, at this edge."""
    try:
        yield
    except redis.RedisError as error:
        raise StateUnavailable(f"Redis: {error}") from error
