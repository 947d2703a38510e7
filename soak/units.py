"""The product's processes, unmodified, as children: killed and halted at will, started again as systemd would."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from soak.truth import Span, Truth

ROOT = Path(__file__).parent.parent

RESTART_SECONDS = 1.0
"""The units wait 5 s; a shorter pause makes for more starts in the same time."""

DUMP_SECONDS = 5.0
"""Within this long a process has written its stacks."""


@dataclass(slots=True)
class Unit:
    """One process and what it started: a process group, as systemd's control group."""

    name: str
    arguments: list[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    due: float = 0.0
    down: Span | None = None
    starts: int = 0
    kills: list[float] = field(default_factory=list)
    own_ends: list[str] = field(default_factory=list)
    """Ends that nobody asked for."""


class Units:
    """`tick` restarts the dead; `kill`, `halt` are for trouble.py. A unit is down until `is_up` says otherwise."""

    def __init__(
        self,
        environment: Mapping[str, str],
        logs: Path,
        truth: Truth,
        tell: Callable[[str], None],
        is_up: Callable[[str, float], bool],
    ) -> None:
        self._environment = {**os.environ, **environment, "PYTHONFAULTHANDLER": "1"}  # for `dump_stacks`
        self._logs, self._truth, self._tell, self._is_up = logs, truth, tell, is_up
        self._lock = threading.RLock()
        self.units: dict[str, Unit] = {}

    def start(self, name: str, *arguments: str) -> None:
        """Run `python -m ARGUMENTS…` for as long as the soak goes on."""
        unit = Unit(name, [sys.executable, "-m", *arguments])
        self.units[name] = unit
        self._spawn(unit)

    def tick(self) -> None:
        """As systemd does: what ended is cleared away with all it started, and started again after a pause."""
        with self._lock:
            for unit in self.units.values():
                self._mind(unit)

    def kill(self, name: str, *, child: bool = False) -> bool:
        """SIGKILL, to the process or (`child`) to one that it started; False if there is none."""
        with self._lock:
            unit = self.units[name]
            if unit.process is None or unit.process.poll() is not None:
                return False
            victim = unit.process.pid
            if child:
                children = psutil.Process(victim).children(recursive=True)
                if not children:
                    return False
                victim = children[0].pid
                # The parent notices by itself; until then nobody answers.
                threading.Thread(target=self._span_for, args=(name, 5.0), daemon=True).start()
            else:
                self._is_down(unit)
            unit.kills.append(time.time())
            with contextlib.suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
            return True

    def halt(self, name: str, seconds: float, wait: Callable[[float], object]) -> None:
        """SIGSTOP to the whole unit, SIGCONT after `seconds`."""
        unit = self.units[name]
        process = unit.process
        if process is None:
            return
        with self._truth.during(name):
            _signal_group(process, signal.SIGSTOP)
            try:
                wait(seconds)
            finally:
                _signal_group(process, signal.SIGCONT)

    def all_up(self) -> bool:
        """Whether every unit runs and has been heard of since its last start."""
        with self._lock:
            return all(unit.process is not None and unit.down is None for unit in self.units.values())

    def resident(self) -> dict[str, float]:
        """MB of each unit that has run for a while, with all it started."""
        found = {}
        with self._lock:
            running = [
                (u.name, u.process.pid)
                for u in self.units.values()
                if u.process and time.time() - u.started > 8
            ]
        for name, pid in running:
            with contextlib.suppress(psutil.Error):
                process = psutil.Process(pid)
                family = [process, *process.children(recursive=True)]
                found[name] = sum(one.memory_info().rss for one in family) / 1e6
        return found

    def dump_stacks(self, name: str) -> None:
        """Have a process write into its log what each of its threads is at. It dies of that; call it with no `tick`
        to come."""
        process = self.units[name].process
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGABRT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(DUMP_SECONDS)

    def stop(self) -> list[str]:
        """SIGTERM, and after ten seconds SIGKILL; what had to be killed, or was left behind."""
        with self._lock:
            units = [unit for unit in self.units.values() if unit.process is not None]
            self.units = {}
        for unit in units:
            if unit.process:
                _signal_group(unit.process, signal.SIGTERM)
        bad = []
        for unit in units:
            if unit.process is None:
                continue
            try:
                unit.process.wait(15)
            except subprocess.TimeoutExpired:
                bad.append(f"{unit.name} did not end within 15 s of SIGTERM")
            if left := _group(unit.process.pid):
                bad.append(f"{unit.name} left behind: {left}")
            _signal_group(unit.process, signal.SIGKILL)
            unit.process.wait()
        return bad

    def _spawn(self, unit: Unit) -> None:
        with (self._logs / f"{unit.name}.log").open("ab") as log:
            unit.process = subprocess.Popen(
                unit.arguments,
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        unit.started, unit.starts = time.time(), unit.starts + 1
        self._is_down(unit)

    def _mind(self, unit: Unit) -> None:
        if unit.process is None:
            if time.time() >= unit.due:
                self._spawn(unit)
            return
        code = unit.process.poll()
        if code is None:
            if unit.down is not None and self._is_up(unit.name, unit.started):
                unit.down.end, unit.down = time.time(), None
            return
        self._is_down(unit)
        if code != -signal.SIGKILL:
            unit.own_ends.append(f"{unit.name} ended by itself with code {code}")
            self._tell(f"!! {unit.own_ends[-1]}")
        _signal_group(unit.process, signal.SIGKILL)  # KillMode=control-group
        unit.process, unit.due = None, time.time() + RESTART_SECONDS

    def _is_down(self, unit: Unit) -> None:
        if unit.down is None:
            unit.down = self._truth.begin(unit.name)

    def _span_for(self, name: str, seconds: float) -> None:
        with self._truth.during(name):
            time.sleep(seconds)


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _group(leader: int) -> list[str]:
    """What still runs of a process group."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        with contextlib.suppress(psutil.Error, ProcessLookupError):
            if os.getpgid(process.pid) == leader and process.info["status"] != psutil.STATUS_ZOMBIE:
                found.append(" ".join(process.info["cmdline"] or ())[:80])
    return found
