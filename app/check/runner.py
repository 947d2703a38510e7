"""All checks at once, each in a thread of its own with a deadline: a camera that hangs holds up nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.check.check import Check, Outcome, Status, failed

_INSTALL = "install pycam's libraries again: `make install` (docs: setup.md), or deploy/setup.sh"
_REPORT = "this is a mistake in pycam: please report it, with the log of `pycam check`"


@dataclass(frozen=True, slots=True)
class Result:
    """The answer to one check. `seconds`: how long it took."""

    name: str
    status: Status
    seen: str
    do: str
    seconds: float


class Run:
    """`results()` runs the checks; afterwards `hanging` says whether any was given up."""

    def __init__(self, checks: Sequence[Check]) -> None:
        self._checks = checks
        self._started: list[_Started] = []

    @property
    def hanging(self) -> bool:
        """Whether the thread of a check still runs."""
        return any(started.running for started in self._started)

    def results(self) -> Iterator[Result]:
        """One for each check, each as soon as it and those before it are done; those to be run alone come last."""
        for started in [self._start(check) for check in self._checks if not check.alone]:
            yield started.result()
        for check in self._checks:
            if check.alone:
                yield self._start(check).result()

    def _start(self, check: Check) -> _Started:
        started = _Started(check)
        self._started.append(started)
        return started


class _Started:
    """One check, under way."""

    def __init__(self, check: Check) -> None:
        self._check = check
        self._outcome: Outcome | None = None
        self._began = self._ended = time.monotonic()
        self._thread = threading.Thread(target=self._run, name=f"check {check.name}", daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        return self._thread.is_alive()

    def result(self) -> Result:
        """Waits for it, until its deadline at the longest."""
        check = self._check
        self._thread.join(max(0.0, self._began + check.seconds - time.monotonic()))
        outcome = self._outcome
        if outcome is None:
            outcome = failed(
                f"no answer within {check.seconds:g} s: it hangs",
                "look whether what is asked (device, network, service) answers anybody else; then try again",
            )
            self._ended = time.monotonic()
        return Result(check.name, outcome.status, outcome.seen, outcome.do, self._ended - self._began)

    def _run(self) -> None:
        outcome = _asked(self._check)
        self._ended = time.monotonic()
        self._outcome = outcome


def _asked(check: Check) -> Outcome:
    try:
        return check.run()
    except ImportError as error:
        return failed(f"a library cannot be loaded: {error}", _INSTALL)
    except Exception as error:  # noqa: BLE001 — one check that breaks must not cost the others
        return failed(f"the check itself broke: {type(error).__name__}: {error}", _REPORT)
