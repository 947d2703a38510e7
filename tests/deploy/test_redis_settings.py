"""deploy/redis/pycam.conf on a real redis-server, laid over Debian's settings as the install does it."""

from __future__ import annotations

from pathlib import Path

import redis

from tests.deploy.unit_files import ROOT
from tests.fakes.redis_server import RedisServer

OURS = ROOT / "deploy" / "redis" / "pycam.conf"


class Configured(RedisServer):
    """A redis-server whose settings end with an include of ours."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        folder.mkdir(exist_ok=True)
        self._main = folder / "redis.conf"
        self._main.write_text(
            f"bind 127.0.0.1 -::1\nport {self.port}\ndir {folder}\nsave 3600 1\nsave 300 100\nsave 60 10000\n"
            f"stop-writes-on-bgsave-error yes\nappendonly no\ninclude {OURS}\n"
        )

    def _options(self) -> list[str]:
        return [str(self._main)]


def test_a_real_redis_takes_them_and_they_win(tmp_path: Path) -> None:
    with Configured(tmp_path / "redis") as server, redis.Redis.from_url(server.url) as client:
        config = {key: client.config_get(key)[key] for key in EXPECTED}
    assert config == EXPECTED


EXPECTED = {
    "save": "300 1",
    "appendonly": "no",
    "bind": "127.0.0.1",
    "protected-mode": "yes",
    "maxmemory": str(64 * 1024 * 1024),
    "maxmemory-policy": "noeviction",
    "stop-writes-on-bgsave-error": "no",
}
