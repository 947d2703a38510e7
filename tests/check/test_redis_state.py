"""Real Redis servers: well, away, full, forgetful, and closed to us."""

from __future__ import annotations

import shutil
from pathlib import Path

import redis

from app.check.check import Context
from app.check.redis_state import answers, persistence
from tests.check.builders import assert_failed, assert_ok, assert_skipped, assert_warning, context_of
from tests.deadline import eventually
from tests.fakes.redis_server import RedisServer
from tests.fakes.tcp import refused_port


def asking(url: str) -> Context:
    return context_of(secrets={"redis_url": url})


def test_a_redis_that_takes_writes_is_well_and_keeps_nothing_of_the_check(
    redis_url: str, redis_client: redis.Redis
) -> None:
    assert_ok(answers(asking(redis_url)), "takes writes", "ms")
    assert redis_client.keys() == []


def test_a_redis_that_is_away_fails_and_is_said_once(own_redis: RedisServer) -> None:
    own_redis.kill()
    assert_failed(answers(asking(own_redis.url)), "refused", do="systemctl start redis-server")
    assert_skipped(persistence(asking(own_redis.url)), "see redis")


def test_a_redis_with_a_password_wants_it_and_a_wrong_one_is_not_shown(own_redis: RedisServer) -> None:
    with redis.Redis.from_url(own_redis.url) as client:
        client.config_set("requirepass", "opensesame")
    assert_failed(answers(asking(own_redis.url)), do="it wants a password")
    wrong = answers(asking(own_redis.url.replace("redis://", "redis://:guessed@")))
    assert_failed(wrong, do="password in REDIS_URL")
    assert "guessed" not in wrong.seen + wrong.do
    right = own_redis.url.replace("redis://", "redis://:opensesame@")
    assert_ok(answers(asking(right)))


def test_a_copy_that_takes_no_writes_is_a_failure(own_redis: RedisServer) -> None:
    with redis.Redis.from_url(own_redis.url) as client:
        client.replicaof("127.0.0.1", str(refused_port()))
    assert_failed(answers(asking(own_redis.url)), do="read-only copy")


def test_a_user_who_may_not_write_is_told_what_it_needs(own_redis: RedisServer) -> None:
    with redis.Redis.from_url(own_redis.url) as client:
        client.acl_setuser(
            "reader", enabled=True, passwords=["+pw"], keys=["*"], categories=["+@read", "+@connection"]
        )
    url = own_redis.url.replace("redis://", "redis://reader:pw@")
    assert_failed(answers(asking(url)), do="~pycam:*")


def test_a_user_who_may_not_see_settings_is_no_failure(own_redis: RedisServer) -> None:
    with redis.Redis.from_url(own_redis.url) as client:
        client.acl_setuser(
            "plain",
            enabled=True,
            passwords=["+pw"],
            keys=["pycam:*"],
            channels=["pycam:*"],
            categories=["+@all", "-@admin", "-@dangerous"],
        )
    url = own_redis.url.replace("redis://", "redis://plain:pw@")
    assert_ok(answers(asking(url)))
    assert_skipped(persistence(asking(url)), "does not tell")


def test_short_of_memory_is_a_failure_and_throwing_out_wishes_a_warning(own_redis: RedisServer) -> None:
    with redis.Redis.from_url(own_redis.url) as client:
        client.config_set("maxmemory", "64mb")
        client.config_set("maxmemory-policy", "allkeys-lru")
        assert_warning(answers(asking(own_redis.url)), "throws out wishes", do="noeviction")
        client.config_set("maxmemory-policy", "noeviction")
        assert_ok(answers(asking(own_redis.url)))
        client.config_set("maxmemory", "1")
        assert_failed(answers(asking(own_redis.url)), do="maxmemory")


def test_what_keeps_nothing_is_a_warning(redis_url: str) -> None:
    assert_warning(persistence(asking(redis_url)), "keeps nothing", do="save 300 1")


def test_what_a_full_disk_would_close_is_a_warning(own_redis: RedisServer) -> None:
    with redis.Redis.from_url(own_redis.url) as client:
        client.config_set("save", "300 1")
        assert_warning(persistence(asking(own_redis.url)), do="stop-writes-on-bgsave-error no")
        client.config_set("stop-writes-on-bgsave-error", "no")
        assert_ok(persistence(asking(own_redis.url)), "kept on disk")


def test_a_snapshot_that_cannot_be_written_is_found(own_redis: RedisServer, tmp_path: Path) -> None:
    with redis.Redis.from_url(own_redis.url) as client:
        client.config_set("save", "300 1")
        shutil.rmtree(tmp_path / "redis")  # as a disk that went away
        client.bgsave()
        eventually(
            lambda: client.info("persistence")["rdb_last_bgsave_status"] == "err", "the snapshot fails"
        )
        assert_failed(answers(asking(own_redis.url)), "MISCONF", do="make room")
        assert_failed(persistence(asking(own_redis.url)), "refuses every write", do="make room")
        client.config_set("stop-writes-on-bgsave-error", "no")
        assert_ok(answers(asking(own_redis.url)))
        assert_failed(persistence(asking(own_redis.url)), "last snapshot failed", do="make room")
