"""Is Redis fit for pycam? Asked by `pycam check`, with a key of its own that vanishes."""

from __future__ import annotations

import time
from collections.abc import Mapping
from secrets import token_hex
from typing import Any, NamedTuple

import redis

from app.state.connection import translated
from app.state.keys import PROBE

EXPIRE_SECONDS = 60
"""Should the probe be cut off, its key goes by itself."""


class RedisReport(NamedTuple):
    """What was seen; None where this Redis does not tell us."""

    version: str | None
    milliseconds: float
    """Of one write and one read."""
    snapshot_failed: bool | None
    keeps: bool | None
    """Whether anything is written to disk, as snapshots or as a log."""
    stops_writes: bool | None
    """Whether a failed snapshot (a full disk) makes it refuse every write."""
    evicts: bool | None
    """Whether it throws out keys that do not expire when memory is short."""


def probe(client: redis.Redis) -> RedisReport:
    """Write, read, delete, and look at the settings that matter. Raises StateUnavailable."""
    key, token = PROBE + token_hex(8), token_hex(8)
    with translated():
        client.ping()
        began = time.monotonic()
        client.set(key, token, ex=EXPIRE_SECONDS)
        read = client.get(key)
        took = time.monotonic() - began
        client.delete(key)
        if read != token:
            raise redis.ResponseError("what was written is not what is read")
        about, settings = _info(client), _settings(client)
    failed = about.get("rdb_last_bgsave_status")
    log_on, points = settings.get("appendonly"), settings.get("save")
    stops, policy = settings.get("stop-writes-on-bgsave-error"), settings.get("maxmemory-policy")
    return RedisReport(
        version=about.get("redis_version"),
        milliseconds=took * 1000,
        snapshot_failed=None if failed is None else failed != "ok",
        keeps=None if log_on is None or points is None else log_on == "yes" or bool(points),
        stops_writes=None if stops is None or points is None else stops == "yes" and bool(points),
        evicts=None if policy is None else policy.startswith("allkeys") and settings.get("maxmemory") != "0",
    )


def _info(client: redis.Redis) -> Mapping[str, Any]:
    about: dict[str, Any] = {}
    try:
        for section in ("server", "persistence"):
            answer: Any = client.info(section)
            about |= answer
    except redis.ResponseError:  # an ACL that allows less, or a hosted Redis
        return about
    return about


def _settings(client: redis.Redis) -> Mapping[str, str]:
    names = ("appendonly", "save", "stop-writes-on-bgsave-error", "maxmemory", "maxmemory-policy")
    try:
        found: Any = client.config_get(*names)
    except redis.ResponseError:  # as above
        return {}
    return {str(name): str(value) for name, value in found.items()}
