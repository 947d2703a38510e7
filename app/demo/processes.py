"""The product's own processes, unmodified, as children of the demo."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.demo.tied import tied

ROOT = Path(__file__).parent.parent.parent

FINAL = frozenset({os.EX_DATAERR, os.EX_CONFIG})
"""Exit codes (sysexits.h) that say: what I was given is wrong, and a restart does not help. As in deploy/systemd/."""

PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0)
"""Seconds before the first, second, … restart in a row; the last one from then on."""

STEADY_SECONDS = 60.0
"""Who ran for this long begins again at the first pause."""

LOG_ERROR = re.compile(r"^[-\d]+ [:,\d]+ (?:ERROR|CRITICAL) \S+ \S+: (.*)$", re.MULTILINE)
"""What a line of logs.py says that is an error; not time, level, process and module."""

STOP_SECONDS = 8.0
"""Between SIGTERM and SIGKILL: a camera has its recording to finish."""


class CannotRun(Exception):
    """A process ended for good, with its own words on why."""


@dataclass(slots=True)
class _Child:
    arguments: tuple[str, ...]
    process: subprocess.Popen[bytes]
    started: float
    restarts: int = 0
    due: float | None = None
    """When it is started again; None while it runs."""


class Processes:
    """Starts them, notices when one dies, and leaves none behind. All of it from one thread (see `tied`)."""

    def __init__(
        self,
        environment: Mapping[str, str],
        log_folder: Path,
        tell: Callable[[str], None],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._environment, self._logs, self._tell = {**os.environ, **environment}, log_folder, tell
        self._clock = clock
        self._children: dict[str, _Child] = {}

    def start(self, name: str, *arguments: str) -> None:
        """Run `python -m ARGUMENTS…`; what it prints goes to NAME.log in the log folder."""
        self._children[name] = _Child(arguments, self._run(name, arguments), self._clock())

    def once(self, name: str, *arguments: str, said: str) -> None:
        """Run it to its end, with one line on its standard input. Raises CannotRun if it fails."""
        command = [sys.executable, "-m", *arguments]
        done = subprocess.run(  # noqa: PLW1510 — the code is looked at
            command, cwd=ROOT, env=self._environment, input=f"{said}\n", text=True, capture_output=True
        )
        if done.returncode:
            raise CannotRun(f"{name} cannot run: {done.stderr.strip()}")

    def restart_the_dead(self) -> None:
        """As systemd would on a Pi. A clean exit (a clip that is over) is left alone.

        Raises CannotRun for an exit code that says a restart does not help.
        """
        for name, child in list(self._children.items()):
            if child.due is not None:
                if self._clock() >= child.due:
                    child.process = self._run(name, child.arguments)
                    child.started, child.due = self._clock(), None
            elif (code := child.process.poll()) is not None:
                self._ended(name, child, code)

    def _ended(self, name: str, child: _Child, code: int) -> None:
        if code == 0:
            del self._children[name]
            self._tell(f"{name} has finished")
            return
        if code in FINAL:
            raise CannotRun(f"{name} cannot run: {self._reason(name)}")
        if self._clock() - child.started >= STEADY_SECONDS:
            child.restarts = 0
        pause = PAUSES[min(child.restarts, len(PAUSES) - 1)]
        child.restarts += 1
        child.due = self._clock() + pause
        said = f"{name} ended with code {code} and is started again in {pause:g} s; its last words:"
        self._tell(f"{said}\n{self.last_words(name)}")

    def is_running(self, name: str) -> bool:
        """Whether a started process has not ended yet."""
        return name in self._children and self._children[name].process.poll() is None

    def last_words(self, name: str, lines: int = 5) -> str:
        """The end of a process's log."""
        return "\n".join(f"    {line}" for line in self._log(name).splitlines()[-lines:])

    def _reason(self, name: str) -> str:
        """Its last error; else its last words, as for settings, which are refused before there is a log."""
        errors = LOG_ERROR.findall(self._log(name))
        return str(errors[-1]) if errors else self.last_words(name).strip()

    def _log(self, name: str) -> str:
        return (self._logs / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    def stop(self) -> None:
        """SIGTERM to all of them, SIGKILL to what is left a while later, and to anything they started."""
        children = [child.process for child in self._children.values()]
        for process in children:
            _signal_group(process, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for process in children:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))
            _signal_group(process, signal.SIGKILL)
            process.wait()

    def kill(self) -> None:
        """SIGKILL to all of them, without waiting; a `stop()` under way, or to come, is then quick."""
        for child in list(self._children.values()):
            _signal_group(child.process, signal.SIGKILL)

    def _run(self, name: str, arguments: tuple[str, ...]) -> subprocess.Popen[bytes]:
        with (self._logs / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                tied([sys.executable, "-m", *arguments]),
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for the demo, which then ends these in order
            )


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
