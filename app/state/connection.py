"""The one way to a Redis client, and the one error that means 'Redis does not answer'."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

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


def one_round_trip(client: redis.Redis, *commands: Sequence[str | int]) -> list[Any]:
    """Send commands together, and their answers in order, as Redis gives them. Raises redis.RedisError.

    redis-py's own pipeline does the same for about 0.15 ms more (three commands, redis-py 8.1, x86), which is
    a quarter of a slash command. A dropped connection is tried once more: the commands must bear being repeated.
    """
    for last_try in (False, True):
        connection = client.connection_pool.get_connection()
        try:
            connection.send_packed_command(connection.pack_commands(commands))
            return [connection.read_response() for _ in commands]
        except BaseException as error:
            connection.disconnect()  # answers may still be on their way in it
            if last_try or not isinstance(error, redis.ConnectionError):
                raise
        finally:
            client.connection_pool.release(connection)
    raise AssertionError("the second try returns or raises")


def as_mapping(answer: Any) -> Mapping[str, str]:
    """HGETALL's raw answer: a flat list in RESP2, a mapping in RESP3."""
    return answer if isinstance(answer, Mapping) else dict(zip(answer[::2], answer[1::2], strict=True))
