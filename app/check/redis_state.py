"""Redis: wishes and facts live there, so it must take writes, and should keep them over a restart."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from app.check.check import Check, Context, Outcome, failed, ok, skipped, warning
from app.state.connection import StateUnavailable, connect
from app.state.probe import RedisReport, probe

_SETTINGS = "deploy/redis/pycam.conf has the settings; `make install` includes it in redis.conf"

_PASSWORD = "it wants a password: put it into REDIS_URL (private.yml)"  # noqa: S105 — about one

_DO = (
    ("MISCONF", "its disk is full or not writable: make room, then set stop-writes-on-bgsave-error no"),
    ("used memory >", f"it has no memory left: raise maxmemory; {_SETTINGS}"),
    ("no permissions", "its user may not do that: give REDIS_URL's user +@all ~pycam:* &pycam:*"),
    ("already authenticated", _PASSWORD),  # to HELLO, which newer clients begin with
    ("Authentication required", _PASSWORD),
    ("read only replica", "it is a read-only copy: REDIS_URL must name the original"),
    ("username-password", "the password in REDIS_URL (private.yml) is wrong"),
    ("", "start it: `sudo systemctl start redis-server`; or correct REDIS_URL (private.yml)"),
)
"""What the error says -> what to do. (redis-py takes away the codes it knows: OOM, NOPERM, NOAUTH, READONLY.)"""


def checks(context: Context) -> Iterator[Check]:
    """redis, redis:persistence."""
    yield Check("redis", partial(answers, context))
    yield Check("redis:persistence", partial(persistence, context))


def answers(context: Context) -> Outcome:
    """Whether it takes a write and gives it back."""
    try:
        with connect(context.settings.secrets.redis_url) as client:
            report = probe(client)
    except StateUnavailable as error:
        return failed(str(error), next(do for sign, do in _DO if sign in str(error)))
    version = f"Redis {report.version}" if report.version else "Redis"
    seen = f"{version} takes writes; one and its reading took {report.milliseconds:.1f} ms"
    if report.evicts:
        return warning(
            f"{seen}; short of memory, it throws out wishes", f"set maxmemory-policy noeviction; {_SETTINGS}"
        )
    return ok(seen)


def persistence(context: Context) -> Outcome:
    """Whether what people asked survives a restart, and a full disk stops nobody from disarming."""
    try:
        with connect(context.settings.secrets.redis_url) as client:
            report = probe(client)
    except StateUnavailable as error:
        if "MISCONF" not in str(error):
            return skipped("see redis")
        return failed("its snapshots fail, and it refuses every write since", _DO[0][1])
    return _judged(report)


def _judged(report: RedisReport) -> Outcome:
    if report.snapshot_failed:
        return failed(
            "its last snapshot failed: what people asked since is gone with a restart",
            "make room on its disk and see `journalctl -u redis-server`",
        )
    if report.keeps is None or report.stops_writes is None:
        return skipped("this Redis does not tell its settings")
    if not report.keeps:
        return warning("it keeps nothing over a restart", f"let it take snapshots (save 300 1); {_SETTINGS}")
    if report.stops_writes:
        return warning(
            "a full disk would stop everybody from arming and disarming",
            f"set stop-writes-on-bgsave-error no; {_SETTINGS}",
        )
    return ok("kept on disk; a failed snapshot stops nobody")
