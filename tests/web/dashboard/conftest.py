"""A dashboard in this process: Flask's own client, fakeredis, a data folder of its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import fakeredis
import pytest
from argon2 import PasswordHasher
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.settings import Settings
from app.settings.schema import Secrets, StorageSettings
from app.store.password import PasswordFile
from app.web.dashboard import create_app

PASSWORD = "four unrelated words"
HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)  # ours takes its time
NOW = 1_795_183_381.0


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    nowhere = Secrets(redis_url="redis://127.0.0.1:1/0")
    return Settings(storage=StorageSettings(data=tmp_path), secrets=nowhere)


@pytest.fixture
def passwords(settings: Settings) -> PasswordFile:
    kept = PasswordFile(settings.storage.data)
    kept.write(HASH)
    return kept


@pytest.fixture
def redis_server() -> fakeredis.FakeServer:
    return fakeredis.FakeServer()


@pytest.fixture
def make_client(
    settings: Settings, clock: Clock, redis_server: fakeredis.FakeServer
) -> Callable[[], FlaskClient]:
    """Each call is the dashboard started once more, with the same data folder and the same Redis."""
    redis = fakeredis.FakeRedis(server=redis_server, decode_responses=True)

    def make() -> FlaskClient:
        return create_app(settings, client=redis, now=clock).test_client()

    return make


@pytest.fixture
def client(make_client: Callable[[], FlaskClient], passwords: PasswordFile) -> FlaskClient:
    return make_client()


def csrf_token(page: TestResponse) -> str:
    """The one in the page, as a browser would send it back."""
    found = re.search(r'name="csrf-token" content="([^"]+)"', page.text)
    assert found is not None
    return found[1]


def sign_in(client: FlaskClient, password: str = PASSWORD, *, to: str = "") -> TestResponse:
    """What a browser does with the form."""
    path = f"/sign-in?next={to}" if to else "/sign-in"
    return client.post(path, data={"csrf_token": csrf_token(client.get(path)), "password": password})
