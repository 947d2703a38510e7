"""Waiting ends at once when the end is asked for, whoever asks and however often."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator

import pytest

from app.shutdown import Shutdown

LONG = 600.0
"""A wait that only a shutdown ends: a test that runs into it fails by its time limit."""


def start(script: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-u", "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def rest_of(process: subprocess.Popen[str]) -> str:
    """What it still says, and its end. Not communicate(): that overlooks what came together with 'ready'."""
    assert process.stdout is not None
    with process.stdout:
        said = process.stdout.read()
    process.wait()
    return said


@pytest.fixture
def _handlers_as_they_were() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_waiting_out_the_time_is_not_a_shutdown() -> None:
    shutdown = Shutdown()

    assert shutdown.wait(0.001) is False
    assert shutdown.wait(-1) is False
    assert shutdown.requested is False


def test_a_pause_lasts_as_long_as_it_was_asked_for() -> None:
    before = time.monotonic()
    Shutdown().wait(0.05)

    assert time.monotonic() - before >= 0.05


@pytest.mark.timeout(30)
@pytest.mark.parametrize("seconds", [LONG, 1e12, float("inf")])
def test_every_waiter_of_now_and_later_is_released(seconds: float) -> None:
    shutdown = Shutdown()
    answers: list[bool] = []
    waiters = [threading.Thread(target=lambda: answers.append(shutdown.wait(seconds))) for _ in range(5)]
    for waiter in waiters:
        waiter.start()

    shutdown.request()
    for waiter in waiters:
        waiter.join()

    assert answers == [True] * 5
    assert shutdown.wait(seconds) is True
    assert shutdown.requested is True


def test_asking_twice_is_as_good_as_once() -> None:
    shutdown = Shutdown()
    for _ in range(100_000):  # more than a pipe holds
        shutdown.request()

    assert shutdown.wait(0) is True


@pytest.mark.timeout(30)
@pytest.mark.usefixtures("_handlers_as_they_were")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_one_signal_ends_the_wait(number: signal.Signals) -> None:
    shutdown = Shutdown().catch_signals()
    threading.Timer(0.01, os.kill, (os.getpid(), number)).start()

    assert shutdown.wait(LONG) is True


def test_a_second_signal_does_not_wait_for_the_work_in_hand() -> None:
    process = start("""
        import os, signal
        from app.shutdown import Shutdown
        shutdown = Shutdown().catch_signals()
        print("ready")
        shutdown.wait(600)
        print("work in hand")
        os.kill(os.getpid(), signal.SIGTERM)
        print("never reached")
    """)
    process.terminate()
    output = rest_of(process)

    assert output == "work in hand\n"
    assert process.returncode == 128 + signal.SIGTERM


def test_where_nothing_may_be_left_behind_further_signals_hurry_the_end_and_do_not_skip_it() -> None:
    process = start("""
        import os, signal
        from app.shutdown import Shutdown
        shutdown = Shutdown().catch_signals(lambda: print("hurry"))
        print("ready")
        shutdown.wait(600)
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)
        print("cleaned up")
    """)
    process.terminate()
    output = rest_of(process)

    assert output == "hurry\nhurry\ncleaned up\n"
    assert process.returncode == 0


def test_one_signal_after_a_request_from_within_still_lets_the_work_finish() -> None:
    process = start("""
        import os, signal
        from app.shutdown import Shutdown
        shutdown = Shutdown().catch_signals()
        shutdown.request()
        os.kill(os.getpid(), signal.SIGTERM)
        print("ready")
        print("finished")
    """)
    output = rest_of(process)

    assert output == "finished\n"
    assert process.returncode == 0


def test_signals_at_any_moment_never_lock_a_waiting_process_up() -> None:
    """Twenty processes in turn, each hit while it goes in and out of short waits, in threads and out of them."""
    script = """
        import threading
        from app.shutdown import Shutdown
        shutdown = Shutdown().catch_signals()
        def wait():
            while not shutdown.wait(0.0001):
                pass
        for _ in range(3):
            threading.Thread(target=wait).start()
        print("ready")
        wait()
    """
    for _ in range(20):
        process = start(script)
        while process.poll() is None:
            process.terminate()
        rest_of(process)

        # Ended politely by the first signal, or at once by the second; never stuck, never by an exception.
        assert process.returncode in (0, 128 + signal.SIGTERM, -signal.SIGTERM)


def test_a_process_with_a_thousand_open_files_can_still_wait() -> None:
    """select() fails on descriptors beyond 1,023."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 1200:
        pytest.skip("no more than 1,199 open files are allowed here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 1200), hard))
    opened = [os.open("/dev/null", os.O_RDONLY) for _ in range(1030)]
    try:
        assert Shutdown().wait(0.001) is False
    finally:
        for descriptor in opened:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
