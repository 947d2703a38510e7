"""The table: every check there is, in the order in which one would look for a fault."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from app.check import (
    camera,
    clock,
    head,
    machine,
    notify,
    person,
    processes,
    redis_state,
    router,
    s3,
    signing,
    slack,
)
from app.check.check import Check, Context

FAMILIES: tuple[Callable[[Context], Iterable[Check]], ...] = (
    clock.checks,
    machine.checks,
    redis_state.checks,
    slack.checks,
    signing.checks,
    camera.checks,
    head.checks,
    router.checks,
    s3.checks,
    notify.checks,
    processes.checks,
    person.checks,
)


def checks_for(context: Context) -> list[Check]:
    """All checks of these settings; names are distinct."""
    return [check for family in FAMILIES for check in family(context)]
