"""/top: the heaviest processes. Without a shell; of command lines, which can hold passwords, only pycam's own
sub-command is shown."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import NamedTuple

import psutil

from app.commands.request import Context, Reply, Request
from app.domain import CAMERA_NAME
from app.slack.wording import escape
from app.state.snapshot import Snapshot

SHOWN = 8
MEASURE_SECONDS = 1.0
"""Processor time is a difference: long enough to be steady, short enough to wait for."""

_SUBCOMMANDS = frozenset({"web", "socket", "camera", "presence", "notifier", "uploader", "demo"})


class Usage(NamedTuple):
    """One process: percent of one processor core, megabytes (10⁶ bytes) resident."""

    pid: int
    name: str
    cpu_percent: float
    memory_mb: float


def top(request: Request, snapshot: Snapshot, context: Context) -> Reply:
    """Acknowledge; the table follows once it is measured."""
    return Reply("Measuring for a second…", later=lambda: table(measure()))


def measure(wait: Callable[[float], object] | None = None) -> list[Usage]:
    """Two readings MEASURE_SECONDS apart of every process that lives through both."""
    processes = list(psutil.process_iter())
    for process in processes:
        _cpu(process)
    (wait or threading.Event().wait)(MEASURE_SECONDS)
    usages = []
    for process in processes:
        cpu = _cpu(process)
        try:
            if cpu is not None:
                usages.append(Usage(process.pid, _name(process), cpu, process.memory_info().rss / 1e6))
        except psutil.Error:
            continue  # ended meanwhile, or not ours to look at
    return usages


def table(usages: list[Usage]) -> str:
    """The SHOWN heaviest as a code block, the busiest first."""
    heaviest = sorted(usages, key=lambda usage: (usage.cpu_percent, usage.memory_mb), reverse=True)[:SHOWN]
    rows = [f"{'PID':>7}  {'CPU %':>6}  {'MB':>6}  NAME"]
    rows += [
        f"{u.pid:>7}  {u.cpu_percent:>6.1f}  {u.memory_mb:>6.0f}  {escape(u.name[:40])}" for u in heaviest
    ]
    return "```\n" + "\n".join(rows) + "\n```"


def own_name(arguments: Sequence[str]) -> str | None:
    """'pycam camera front' for one of pycam's processes, by its command line; None for every other program.

    To the kernel they are all called python or pycam.
    """
    if "gunicorn.conf" in (PurePath(argument).name for argument in arguments):
        return "pycam web"
    for at, argument in enumerate(arguments[:-1]):
        if PurePath(argument).name == "pycam" or (argument == "app" and arguments[at - 1] == "-m"):
            command, rest = arguments[at + 1], arguments[at + 2 :]
            if command not in _SUBCOMMANDS:
                return None
            named = command == "camera" and rest and CAMERA_NAME.fullmatch(rest[0])
            return f"pycam {command} {rest[0]}" if named else f"pycam {command}"
    return None


def _name(process: psutil.Process) -> str:
    try:
        return own_name(process.cmdline()) or process.name()
    except psutil.AccessDenied:  # where /proc is mounted with hidepid
        return process.name()


def _cpu(process: psutil.Process) -> float | None:
    try:
        return float(process.cpu_percent(None))
    except psutil.Error:
        return None
