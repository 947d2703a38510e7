from __future__ import annotations

import re

import pytest

from app.commands.table import COMMANDS, find, help_text
from app.domain import Role

PROMISED = [
    *("pycam_on", "pycam_off", "pi_status", "last_image", "snapshot", "events", "clip"),
    *("notifications_on", "notifications_off", "rotate"),
    *("look", "current_position", "auto_detect_on", "auto_detect_off", "who_is_home", "guest"),
    *("pycam_settings", "init", "upload", "tune", "glances", "top", "pycam"),
]

LOOKS = {
    *(
        "pi_status",
        "last_image",
        "snapshot",
        "events",
        "clip",
        "current_position",
        "who_is_home",
        "glances",
        "top",
    ),
    "pycam",
}


def test_every_promised_command_is_there_and_no_other() -> None:
    assert list(COMMANDS) == PROMISED


def test_only_looking_is_open_to_members() -> None:
    assert {name for name, command in COMMANDS.items() if command.role is Role.MEMBER} == LOOKS
    assert all(command.role is not Role.STRANGER for command in COMMANDS.values())


def test_slack_takes_every_name() -> None:
    for name in COMMANDS:
        assert re.fullmatch(r"[a-z0-9_-]{1,31}", name)


def test_help_has_one_line_for_every_command() -> None:
    lines = help_text().splitlines()
    assert len(lines) == len(COMMANDS)
    for line, command in zip(lines, COMMANDS.values(), strict=True):
        assert f"/{command.name}" in line
        assert command.summary in line


@pytest.mark.parametrize(
    ("text", "name", "rest"),
    [
        ("on front", "pycam_on", "front"),
        ("off", "pycam_off", ""),
        ("status", "pi_status", ""),
        ("/rotate 1 2", "rotate", "1 2"),
        ("LAST_IMAGE", "last_image", ""),
    ],
)
def test_pycam_in_front_of_a_command_is_that_command(text: str, name: str, rest: str) -> None:
    found = find("pycam", text)
    assert found is not None
    assert (found[0].name, found[1]) == (name, rest)


@pytest.mark.parametrize("text", ["", "help", "nonsense", "pycam"])
def test_everything_else_after_pycam_is_help(text: str) -> None:
    found = find("pycam", text)
    assert found is not None
    assert found[0].name == "pycam"


def test_there_is_no_other_command() -> None:
    assert find("status", "") is None
