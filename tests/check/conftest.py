"""What more than one of these tests needs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.demo.workspace import Workspace
from tests.fakes.s3_fixtures import bucket_name, s3_server  # noqa: F401 — fixtures


@pytest.fixture
def slack() -> Iterator[Workspace]:
    """A Slack as strict as the real one."""
    with Workspace() as workspace:
        yield workspace
