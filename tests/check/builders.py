"""Settings of a small house, and what one says of an outcome."""

from __future__ import annotations

from typing import Any

from app.check.check import Context, Outcome, Status
from app.settings import Settings

CAMERA: dict[str, Any] = {"name": "front", "source": "nowhere.mp4", "head": {"kind": "none"}}
NOBODY = "redis://127.0.0.1:1/0"
"""Nothing listens on port 1."""


def settings_of(camera: dict[str, Any] | None = None, **sections: Any) -> Settings:
    """One camera, no Redis, no secrets, but for what is given."""
    secrets = {"redis_url": NOBODY} | sections.pop("secrets", {})
    return Settings.model_validate({"cameras": [CAMERA | (camera or {})], "secrets": secrets} | sections)


def context_of(camera: dict[str, Any] | None = None, **sections: Any) -> Context:
    return Context(settings_of(camera, **sections))


def assert_ok(outcome: Outcome, *seen: str) -> None:
    _assert(outcome, Status.OK, seen)
    assert outcome.do == ""


def assert_skipped(outcome: Outcome, *seen: str) -> None:
    _assert(outcome, Status.SKIPPED, seen)


def assert_warning(outcome: Outcome, *seen: str, do: str) -> None:
    _assert(outcome, Status.WARNING, seen)
    assert do in outcome.do, outcome


def assert_failed(outcome: Outcome, *seen: str, do: str) -> None:
    _assert(outcome, Status.FAILED, seen)
    assert do in outcome.do, outcome


def _assert(outcome: Outcome, status: Status, seen: tuple[str, ...]) -> None:
    assert outcome.status is status, outcome
    for part in seen:
        assert part in outcome.seen, outcome
