"""Checks that hang and break cost nobody else an answer."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from app.check.check import Check, Outcome, Status, ok
from app.check.runner import Run


@pytest.fixture
def release() -> Iterator[threading.Event]:
    """What a hanging check waits for; the test's end lets it go."""
    event = threading.Event()
    yield event
    event.set()


def test_results_come_in_the_order_of_the_table_with_what_was_seen() -> None:
    run = Run([Check("a", lambda: ok("one")), Check("b", lambda: ok("two"))])
    assert [(result.name, result.status, result.seen) for result in run.results()] == [
        ("a", Status.OK, "one"),
        ("b", Status.OK, "two"),
    ]
    assert not run.hanging


def test_what_hangs_is_given_up_and_the_others_are_answered(release: threading.Event) -> None:
    def hang() -> Outcome:
        release.wait()
        return ok("too late")

    run = Run([Check("hangs", hang, seconds=0.05), Check("well", lambda: ok("fine"))])
    hung, well = run.results()
    assert hung.status is Status.FAILED
    assert "0.05 s" in hung.seen
    assert hung.do
    assert well.status is Status.OK
    assert run.hanging


def test_checks_run_at_the_same_time() -> None:
    both = threading.Barrier(2)

    def meet() -> Outcome:
        both.wait(10)
        return ok("met")

    results = list(Run([Check("a", meet), Check("b", meet)]).results())
    assert [result.seen for result in results] == ["met", "met"]


def test_what_measures_the_machine_waits_until_the_others_are_done() -> None:
    done: list[str] = []

    def say(name: str) -> Outcome:
        done.append(name)
        return ok(name)

    checks = [Check("speed", lambda: say("speed"), alone=True), Check("a", lambda: say("a"))]
    assert [result.name for result in Run(checks).results()] == ["a", "speed"]
    assert done == ["a", "speed"]


def test_a_broken_installation_and_a_broken_check_are_failures_with_something_to_do() -> None:
    def missing() -> Outcome:
        raise ImportError("numpy.dtype size changed")

    def broken() -> Outcome:
        raise ZeroDivisionError("division by zero")

    first, second = Run([Check("missing", missing), Check("broken", broken)]).results()
    assert (first.status, second.status) == (Status.FAILED, Status.FAILED)
    assert "numpy.dtype size changed" in first.seen
    assert "make install" in first.do
    assert "ZeroDivisionError" in second.seen
    assert "report" in second.do
