"""The product's own processes, unmodified, as children of the demo."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


class Processes:
    """Starts them, notices when one dies, and leaves none behind."""

    def __init__(self, environment: Mapping[str, str], log_folder: Path, tell: Callable[[str], None]) -> None:
        self._environment, self._logs, self._tell = {**os.environ, **environment}, log_folder, tell
        self._running: dict[str, tuple[list[str], subprocess.Popen[bytes]]] = {}

    def start(self, name: str, *arguments: str) -> None:
        """Run `python -m ARGUMENTS…`; what it prints goes to NAME.log in the log folder."""
        command = [sys.executable, "-m", *arguments]
        with (self._logs / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for the demo, which then ends these in order
            )
        self._running[name] = (command[2:], process)

    def restart_the_dead(self) -> None:
        """As systemd would on a Pi. A clean exit (a clip that is over) is left alone."""
        for name, (arguments, process) in list(self._running.items()):
            code = process.poll()
            if code is None:
                continue
            del self._running[name]
            if code == 0:
                self._tell(f"{name} has finished")
                continue
            self._tell(
                f"{name} ended with code {code} and is started again; its last words:\n{self.last_words(name)}"
            )
            self.start(name, *arguments)

    def is_running(self, name: str) -> bool:
        """Whether a started process has not ended yet."""
        return name in self._running and self._running[name][1].poll() is None

    def last_words(self, name: str, lines: int = 5) -> str:
        """The end of a process's log."""
        text = (self._logs / f"{name}.log").read_text(encoding="utf-8", errors="replace")
        return "\n".join(f"    {line}" for line in text.splitlines()[-lines:])

    def stop(self) -> None:
        """SIGTERM to all of them, SIGKILL to what is left after eight seconds, and to anything they started."""
        children = [process for _, process in self._running.values()]
        for process in children:
            _signal_group(process, signal.SIGTERM)
        for process in children:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(8)
            _signal_group(process, signal.SIGKILL)
            process.wait()


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
