"""Fixtures of the tests that need S3: import them into the conftest.py of the folder."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest

from tests.fakes.s3_faults import S3Proxy
from tests.fakes.s3_server import S3Server


@cache
def _server() -> S3Server:
    # moto takes seconds to import and start: one a session, whichever folder asks first; it ends with the
    # process, its threads are daemons.
    return S3Server().__enter__()


@pytest.fixture
def s3_server(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> S3Server:
    """A real S3-speaking server, and an environment with keys for it and none of this machine's."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    nowhere = str(tmp_path_factory.mktemp("aws") / "none")
    monkeypatch.setenv("AWS_CONFIG_FILE", nowhere)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", nowhere)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    return _server()


@pytest.fixture
def s3_proxy(s3_server: S3Server) -> Iterator[S3Proxy]:
    """The way to that server; give it faults."""
    with S3Proxy(s3_server.url) as proxy:
        yield proxy


@pytest.fixture
def bucket_name(s3_server: S3Server) -> str:
    """A new, empty bucket there."""
    return s3_server.new_bucket()
