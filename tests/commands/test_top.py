from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.commands.top import SHOWN, Usage, measure, own_name, table, top
from tests.commands.builders import context_with, request_of, snapshot_with


def test_the_heaviest_come_first_and_the_table_ends(tmp_path: Path) -> None:
    usages = [Usage(pid, f"p{pid}", float(pid), 1.0) for pid in range(1, 21)]
    lines = table(usages).splitlines()
    assert lines[2].split() == ["20", "20.0", "1", "p20"]
    assert len(lines) == SHOWN + 3


def test_a_hostile_process_name_stays_in_its_cell() -> None:
    assert "<!channel>" not in table([Usage(1, "<!channel>", 1.0, 1.0)])


def test_this_very_process_is_measured_between_two_readings() -> None:
    waited: list[float] = []
    usages = measure(waited.append)
    (own,) = [usage for usage in usages if usage.pid == os.getpid()]
    assert own.memory_mb > 1
    assert waited == [1.0]


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (
            ["/opt/pycam/venv/bin/python3", "/opt/pycam/venv/bin/pycam", "camera", "front"],
            "pycam camera front",
        ),
        (["python", "-m", "app", "notifier"], "pycam notifier"),
        (["python", "/x/bin/pycam", "camera"], "pycam camera"),
        (["python", "/x/bin/gunicorn", "-c", "/opt/pycam/gunicorn.conf"], "pycam web"),
        (["python", "/x/bin/pycam", "camera", "--token=hunter2"], "pycam camera"),
        (["python", "/x/bin/pycam", "hunter2"], None),
        (["backup", "--into", "pycam"], None),
        (["python", "app", "web"], None),
        ([], None),
    ],
)
def test_pycams_own_processes_are_told_apart_by_what_they_do(arguments: list[str], name: str | None) -> None:
    assert own_name(arguments) == name


def test_the_answer_comes_at_once_and_the_table_later(tmp_path: Path) -> None:
    reply = top(request_of("top"), snapshot_with(), context_with(tmp_path))
    assert reply.text == "Measuring for a second…"
    assert reply.later is not None
