"""Scenarios start real processes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.browsing import browser, demo

__all__ = ["browser", "demo"]

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is a scenario; `-m 'not scenario'` leaves them out."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.scenario)
