"""The demo's children: started again with pauses, given up where that is no use, and never left behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from app.demo.processes import PAUSES, STEADY_SECONDS, CannotRun, Processes
from app.demo.redis_server import PrivateRedis, answers, find_redis_server
from app.demo.tied import tied
from app.shutdown import Shutdown


def eventually(true: Callable[[], object], what: str, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


class House:
    """Processes on a clock of the test's own, with modules that the test writes."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.now, self.story = folder, 0.0, list[str]()
        self.processes = Processes(
            {"PYTHONPATH": str(folder)}, folder, self.story.append, clock=lambda: self.now
        )

    def start(self, name: str, script: str) -> None:
        (self.folder / f"{name}_.py").write_text(script, encoding="utf-8")
        self.processes.start(name, f"{name}_")

    def ended(self, name: str) -> None:
        eventually(lambda: not self.processes.is_running(name), f"{name} ends")

    def starts(self, name: str) -> int:
        """How often it came up, by what it printed."""
        return (self.folder / f"{name}.log").read_text().count("up")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path)
    yield house
    house.processes.stop()


def test_who_dies_again_and_again_is_started_with_longer_and_longer_pauses(house: House) -> None:
    house.start("web", "print('up', flush=True); raise SystemExit(3)")
    for number, pause in enumerate((*PAUSES, PAUSES[-1]), start=1):
        house.ended("web")
        house.processes.restart_the_dead()
        assert house.story[-1].startswith(f"web ended with code 3 and is started again in {pause:g} s")
        house.now += pause - 0.01
        house.processes.restart_the_dead()
        assert not house.processes.is_running("web")
        house.now += 0.01
        house.processes.restart_the_dead()
        eventually(lambda n=number: house.starts("web") == n + 1, "it is started again")  # type: ignore[misc]


def test_who_ran_steadily_begins_again_at_the_first_pause(house: House) -> None:
    house.start("web", "raise SystemExit(3)")
    for ran in (0.0, STEADY_SECONDS):
        house.ended("web")
        house.now += ran
        house.processes.restart_the_dead()
        assert f"again in {PAUSES[0]:g} s" in house.story[-1]
        house.now += PAUSES[0]
        house.processes.restart_the_dead()


def test_a_clean_end_is_left_alone(house: House) -> None:
    house.start("camera", "pass")
    house.ended("camera")
    house.processes.restart_the_dead()
    house.now += 1000
    house.processes.restart_the_dead()
    assert house.story == ["camera has finished"]


@pytest.mark.parametrize("code", [65, 78])
def test_an_exit_code_that_says_a_restart_does_not_help_ends_the_demo(house: House, code: int) -> None:
    line = "2026-11-20 15:02:41,658 {} camera app.camera.process: {}"
    said = (line.format("ERROR", "no such clip"), line.format("INFO", "something after it"))
    house.start("camera", f"print({said[0]!r}); print({said[1]!r}); raise SystemExit({code})")
    house.ended("camera")
    with pytest.raises(CannotRun, match=r"^camera cannot run: no such clip$"):
        house.processes.restart_the_dead()


def test_settings_that_are_refused_are_given_in_the_processs_own_words(house: House) -> None:
    house.start("web", "raise SystemExit(print('mine.yml, line 1: fps: must be above 0') or 78)")
    house.ended("web")
    with pytest.raises(CannotRun, match=r"^web cannot run: mine.yml, line 1: fps: must be above 0$"):
        house.processes.restart_the_dead()


DEAF = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"


def test_a_stop_that_is_hurried_waits_for_nobody(house: House) -> None:
    house.start("camera", DEAF)
    eventually(lambda: house.starts("camera") == 1, "it is up")
    pid = house.processes._children["camera"].process.pid
    house.processes.kill()
    house.processes.stop()
    assert house.processes._children["camera"].process.returncode == -signal.SIGKILL
    assert not psutil.pid_exists(pid)


@pytest.mark.skipif(sys.platform != "linux", reason="tied to its parent only on Linux")
def test_nothing_outlives_a_parent_that_is_killed() -> None:
    script = f"""
import subprocess
from app.demo.tied import tied
child = subprocess.Popen(tied([{sys.executable!r}, "-c", {DEAF!r}]), stdout=subprocess.PIPE, start_new_session=True)
child.stdout.readline()
print(child.pid, flush=True)
child.wait()
"""
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    assert child.is_running()
    parent.kill()
    parent.wait()
    eventually(lambda: not child.is_running(), "the child ends with its parent")


@pytest.mark.skipif(sys.platform != "linux", reason="tied to its parent only on Linux")
def test_what_is_tied_to_somebody_else_does_not_start() -> None:
    """The parent died between the start and the tie: another one has taken its place."""
    command = tied([sys.executable, "-c", "print('never')"])
    command[command.index("-c") + 2] = "1"
    done = subprocess.run(command, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (1, b"")


def test_a_private_redis_that_is_killed_is_stopped_at_once(tmp_path: Path) -> None:
    if find_redis_server() is None:
        pytest.skip("no redis-server here")
    redis = PrivateRedis(tmp_path)
    try:
        redis.wait_until_ready(Shutdown())
    finally:
        redis.kill()
        redis.stop()
    assert not answers(redis.url)
