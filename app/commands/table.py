"""The command table: every slash command there is. Help, routes and the app's manifest are made from it."""

from __future__ import annotations

from app.commands.arm import arm, disarm
from app.commands.auto import auto_off, auto_on
from app.commands.clip import clip
from app.commands.events import events
from app.commands.first_run import ask_init
from app.commands.glances import glances
from app.commands.head import current_position, rotate
from app.commands.look import look
from app.commands.notifications import silence, unmute
from app.commands.picture import last_image, take_snapshot
from app.commands.presence import guest, who_is_home
from app.commands.request import Command, Context, Reply, Request
from app.commands.settings_dialog import pycam_settings
from app.commands.status import pi_status, without_redis
from app.commands.top import top
from app.commands.tune import tune
from app.commands.upload import upload
from app.domain import Role
from app.state.snapshot import Snapshot


def help_(request: Request, snapshot: Snapshot, context: Context) -> Reply:
    """The table as text."""
    return Reply(help_text())


def help_text() -> str:
    """One line a command."""
    lines = [f"`/{c.name}{' ' if c.usage else ''}{c.usage}` {c.summary}{_who(c)}" for c in COMMANDS.values()]
    return "\n".join(lines)


def _who(command: Command) -> str:
    return "" if command.role is Role.MEMBER else " _(owners)_"


_ROWS = (
    Command("pycam_on", "[camera]", "arm all cameras, or one", Role.OWNER, arm),
    Command("pycam_off", "[camera]", "disarm all cameras, or one", Role.OWNER, disarm),
    Command("pi_status", "", "how everything is, and why", Role.MEMBER, pi_status, without_redis),
    Command("last_image", "[camera]", "a picture of now, or the last one there is", Role.MEMBER, last_image),
    Command("snapshot", "[camera]", "a picture of now, or why there is none", Role.MEMBER, take_snapshot),
    Command("events", "[today | yesterday | DATE] [camera]", "what happened", Role.MEMBER, events, events),
    Command("clip", "[EVENT | last] [camera]", "the clip of an event", Role.MEMBER, clip, clip),
    Command("notifications_on", "", "alerts are announced", Role.OWNER, unmute),
    Command("notifications_off", "[30m | 2h | …]", "alerts are only recorded", Role.OWNER, silence),
    Command("rotate", "PAN TILT [camera]", "aim the camera, -90 to 90 degrees", Role.OWNER, rotate),
    Command("look", "[save | forget] PLACE [camera]", "aim the camera by name", Role.OWNER, look),
    Command("current_position", "[camera]", "where the camera looks", Role.MEMBER, current_position),
    Command("auto_detect_on", "", "let presence arm and disarm", Role.OWNER, auto_on),
    Command("auto_detect_off", "", "only commands arm and disarm", Role.OWNER, auto_off),
    Command("who_is_home", "", "who is home, and how that is known", Role.MEMBER, who_is_home),
    Command("guest", "4h | off", "somebody is home, without a known phone", Role.OWNER, guest),
    Command(
        "pycam_settings", "", "how easily it alerts, in a dialog", Role.OWNER, pycam_settings, pycam_settings
    ),
    Command("init", "", "back to the defaults, after a confirmation", Role.OWNER, ask_init),
    Command("upload", "", "tagged samples go to the bucket now", Role.OWNER, upload),
    Command("tune", "", "what the tags would set differently", Role.OWNER, tune),
    Command("glances", "", "where to watch the machine in a browser", Role.MEMBER, glances, glances),
    Command("top", "", "the heaviest processes", Role.MEMBER, top, top),
    Command("pycam", "help", "this table; `/pycam on` and the like work too", Role.MEMBER, help_, help_),
)

COMMANDS: dict[str, Command] = {row.name: row for row in _ROWS}


def find(name: str, text: str) -> tuple[Command, str] | None:
    """The command of that name and the text for it: `pycam on front` is `pycam_on` with `front`.

    What `pycam` does not know shows the help. None if there is no such command.
    """
    command = COMMANDS.get(name)
    if command is None:
        return None
    if name == "pycam":
        word, _, rest = text.strip().partition(" ")
        for prefix in ("", "pycam_", "pi_"):
            meant = COMMANDS.get(prefix + word.lower().removeprefix("/"))
            if meant is not None and meant.name != "pycam":
                return meant, rest.strip()
    return command, text
