from __future__ import annotations

from pathlib import Path

from app.commands.first_run import ask_init, defaults
from tests.commands.builders import NOW, OWNER, context_with, request_of, snapshot_with


def test_init_says_exactly_what_it_would_set_and_sets_nothing_before_the_button(tmp_path: Path) -> None:
    reply = ask_init(request_of("init"), snapshot_with(), context_with(tmp_path, "front", "back"))
    assert not reply.wishes
    assert "front and back disarmed" in reply.text
    (button,) = reply.blocks[1]["elements"]
    assert (button["action_id"], button["value"]) == ("init_confirm", "init")


def test_the_defaults_leave_nothing_armed_muted_or_automatic() -> None:
    wishes = {name: wish.model_dump() for name, wish in defaults(OWNER, NOW, ["front"]).items()}
    said = {"by": OWNER, "at": NOW}
    assert wishes == {
        "armed:front": {**said, "on": False},
        "head:front": {**said, "pan": 0, "tilt": 0},
        "notifications": {**said, "on": True, "until": None},
        "auto": {**said, "on": False},
    }
