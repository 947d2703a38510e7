"""Heartbeats: alive, with a problem, silent, stopped, never heard of."""

from __future__ import annotations

from dataclasses import replace

import redis

from app.check.check import Outcome
from app.check.processes import alive
from app.state.facts import Goodbye, Heartbeat, say
from tests.check.builders import (
    NOBODY,
    assert_failed,
    assert_ok,
    assert_skipped,
    assert_warning,
    context_of,
)

NOW = 1_800_000_000.0


def beats(client: redis.Redis, name: str, *, age: float = 0, problem: str = "") -> None:
    beat = Heartbeat(at=NOW - age, pid=1, started=NOW - 3600, problem=problem)
    say(client, {f"process:{name}": beat})


def look(url: str, name: str = "notifier") -> Outcome:
    return alive(replace(context_of(secrets={"redis_url": url}), now=lambda: NOW), name)


def test_a_process_that_beats_is_well(redis_url: str, redis_client: redis.Redis) -> None:
    beats(redis_client, "notifier")
    assert_ok(look(redis_url), "alive", "runs for 1 h")


def test_a_process_that_says_what_is_wrong_is_a_warning(redis_url: str, redis_client: redis.Redis) -> None:
    beats(redis_client, "camera:front", problem="the disk is full")
    assert_warning(look(redis_url, "camera:front"), "the disk is full", do="journalctl -u pycam-camera@front")


def test_a_silent_process_and_one_never_heard_of_are_failures(
    redis_url: str, redis_client: redis.Redis
) -> None:
    beats(redis_client, "notifier", age=60)
    assert_failed(look(redis_url), "silent since 1 min", do="systemctl start pycam-notifier")
    assert_failed(look(redis_url, "web"), "never heard of", do="systemctl start pycam-web")


def test_a_process_that_was_stopped_is_a_warning(redis_url: str, redis_client: redis.Redis) -> None:
    beats(redis_client, "notifier")
    say(redis_client, {"goodbye:notifier": Goodbye(at=NOW, started=NOW - 3600)})
    assert_warning(look(redis_url), "as it was told to", do="systemctl start pycam-notifier")


def test_before_the_first_start_nothing_is_missed(redis_url: str) -> None:
    assert_skipped(look(redis_url), "start them")


def test_without_redis_it_is_redis_that_fails() -> None:
    assert_skipped(look(NOBODY), "see redis")
